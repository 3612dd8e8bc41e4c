"""Images of another size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import DataFormat, PositiveInt
from kc.library.images.draws import from_last, to_last
from kc.library.images.resize import crop_to_aspect, pad_to_aspect, resize
from kc.library.images.types import image, sized
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Resizing(Layer, kind="resizing"):
    """Images scaled to a height and a width. Whole numbers stay whole: they are rounded.

    Shapes: (rows, columns, channels) -> (height, width, channels).

    Source: ``keras/src/layers/preprocessing/image_preprocessing/resizing.py``.

    Example:
        - resizing: {height: 4, width: 6}
    """

    height: PositiveInt
    """Rows of the output."""
    width: PositiveInt
    """Columns of the output."""
    interpolation: Literal["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5"] = "bilinear"
    """How values between cells are found."""
    crop_to_aspect_ratio: bool = False
    """Cuts the middle part with the proportions of the output, so that nothing is distorted."""
    pad_to_aspect_ratio: bool = False
    """Adds borders that give the input the proportions of the output."""
    fill_mode: Literal["constant"] = "constant"
    """What borders are made of: one value, as in Keras on JAX."""
    fill_value: float = 0.0
    """The value of borders."""
    antialias: bool = False
    """Averages over the cells that become one when the image shrinks."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    @model_validator(mode="after")
    def _one_way_to_keep_proportions(self) -> Resizing:
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ValueError("crops or pads to the aspect ratio, not both")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        if x.dtype == "bool":
            raise ShapeError(f"needs numbers, the input is {x}")
        y = sized(image(x, self.data_format), self.height, self.width, self.data_format)
        return Inferred(y.with_dtype(x.dtype), flops=8 * y.size)

    def lower(self) -> Call:
        return Call(
            resizing,
            height=self.height,
            width=self.width,
            interpolation=self.interpolation,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_value=self.fill_value,
            antialias=self.antialias,
            data_format=self.data_format,
        )


def resizing(
    x: Array,
    *,
    height: int,
    width: int,
    interpolation: str = "bilinear",
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_value: float = 0.0,
    antialias: bool = False,
    data_format: str = "channels_last",
) -> Array:
    """x (batch, rows, columns, channels) -> (batch, height, width, channels)."""
    y = to_last(x, data_format)
    if crop_to_aspect_ratio:
        y = crop_to_aspect(y, height, width)
    if pad_to_aspect_ratio:
        y = pad_to_aspect(y, height, width, fill_value)
    y = from_last(resize(y, height, width, interpolation, antialias), data_format)
    if y.dtype == x.dtype:
        return y
    limits = jnp.iinfo(x.dtype)
    return jnp.clip(jnp.round(y), limits.min, limits.max).astype(x.dtype)
