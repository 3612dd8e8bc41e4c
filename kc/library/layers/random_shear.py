"""Slanted images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import from_last, per_example, sign_per_example, to_last
from kc.library.images.sampling import grid, sample
from kc.library.images.types import AroundZero, FillMode, Interpolation, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomShear(Layer, kind="random_shear"):
    """Shifts the rows and columns of each image more and more while training; floats come out.

    What is drawn gets a random sign, the same for both directions, so that (0.1, 0.2) slants to
    either side.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_shear.py``.

    Example:
        - random_shear: {x_factor: 0.2, y_factor: 0.1}
    """

    in_float32 = True

    x_factor: AroundZero = (0.0, 0.0)
    """Columns to the side for each row: the largest number, or a range of numbers."""
    y_factor: AroundZero = (0.0, 0.0)
    """Rows up or down for each column: the largest number, or a range of numbers."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    fill_mode: FillMode = "reflect"
    """What lies beyond the border: the mirrored or repeated image, a value, the nearest cell."""
    fill_value: float = 0.0
    """The value beyond the border with ``fill_mode: constant``."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=8 * y.size)

    def lower(self) -> Call:
        return Call(
            random_shear,
            x_factor=self.x_factor,
            y_factor=self.y_factor,
            interpolation=self.interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
            seed=self.seed,
        )


def random_shear(
    x: Array,
    *,
    x_factor: tuple[float, float] = (0.0, 0.0),
    y_factor: tuple[float, float] = (0.0, 0.0),
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    data_format: str = "channels_last",
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    x = to_last(x, data_format)
    first, second, third = jax.random.split(stream(key, seed), 3)
    sign = sign_per_example(third, x)[..., 0]
    right = sign * per_example(first, x, *x_factor)[..., 0]
    down = sign * per_example(second, x, *y_factor)[..., 0]
    rows, columns = grid(x)
    rows, columns = rows + down * columns, columns + right * rows
    y = sample(
        x,
        rows,
        columns,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
    )
    return from_last(y, data_format)
