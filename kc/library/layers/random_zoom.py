"""Images seen from nearer or further away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.sampling import grid, sample
from kc.library.images.types import FillMode, Interpolation, Zoom, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomZoom(Layer, kind="random_zoom"):
    """Scales each image around its middle by a random factor while training; floats come out.

    A factor of 0.3 shows 1.3 times the height, so the picture becomes smaller; -0.3 enlarges it.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_zoom.py``.

    Example:
        - random_zoom: 0.2
    """

    in_float32 = True

    height_factor: Zoom
    """Largest change of the visible height, or a range of changes, between -1 and 1."""
    width_factor: Zoom | None = None
    """The same for the width; by default what is drawn for the height, so that proportions stay."""
    fill_mode: FillMode = "reflect"
    """What lies beyond the border: the mirrored or repeated image, a value, the nearest cell."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    fill_value: float = 0.0
    """The value beyond the border with ``fill_mode: constant``."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=8 * y.size)

    def lower(self) -> Call:
        return Call(
            random_zoom,
            height_factor=self.height_factor,
            width_factor=self.width_factor,
            fill_mode=self.fill_mode,
            interpolation=self.interpolation,
            seed=self.seed,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )


def random_zoom(
    x: Array,
    *,
    height_factor: tuple[float, float],
    width_factor: tuple[float, float] | None = None,
    fill_mode: str = "reflect",
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    x = to_last(x, data_format)
    _, height, width, _ = x.shape
    first, second = jax.random.split(stream(key, seed))
    vertical = horizontal = 1 + per_example(first, x, *height_factor)[..., 0]
    if width_factor is not None:
        horizontal = 1 + per_example(second, x, *width_factor)[..., 0]
    rows, columns = grid(x)
    rows = (height - 1) / 2 + vertical * (rows - (height - 1) / 2)
    columns = (width - 1) / 2 + horizontal * (columns - (width - 1) / 2)
    y = sample(
        x,
        rows,
        columns,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
    )
    return from_last(y, data_format)
