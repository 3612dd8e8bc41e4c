"""The middle of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, PositiveInt
from kc.library.images.draws import from_last, to_last
from kc.library.images.resize import crop_to_aspect, resize
from kc.library.images.types import image, sized
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class CenterCrop(Layer, kind="center_crop"):
    """A part of a given size in the middle of each image, as floats.

    An image that is too small is cut to the proportions of the output and then scaled up.

    Shapes: (rows, columns, channels) -> (height, width, channels).

    Source: ``keras/src/layers/preprocessing/image_preprocessing/center_crop.py``.

    Example:
        - center_crop: {height: 4, width: 6}
    """

    in_float32 = True

    height: PositiveInt
    """Rows of the output."""
    width: PositiveInt
    """Columns of the output."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(
            sized(image(x, self.data_format), self.height, self.width, self.data_format)
        )

    def lower(self) -> Call:
        return Call(center_crop, height=self.height, width=self.width, data_format=self.data_format)


def center_crop(x: Array, *, height: int, width: int, data_format: str = "channels_last") -> Array:
    """x (batch, rows, columns, channels) -> (batch, height, width, channels)."""
    x = to_last(jnp.asarray(x, jnp.float32), data_format)
    _, rows, columns, _ = x.shape
    if rows < height or columns < width:
        y = resize(crop_to_aspect(x, height, width), height, width)
    else:
        top, left = (rows - height) // 2, (columns - width) // 2
        y = x[:, top : top + height, left : left + width]
    return from_last(y, data_format)
