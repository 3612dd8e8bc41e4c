"""Shifted images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.sampling import grid, sample
from kc.library.images.types import AroundZero, FillMode, Interpolation, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomTranslation(Layer, kind="random_translation"):
    """Shifts each image by a random part of its height and width while training; floats come out.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_translation.py``.

    Example:
        - random_translation: {height_factor: 0.2, width_factor: 0.1, fill_mode: nearest}
    """

    in_float32 = True

    height_factor: AroundZero
    """Largest shift as a part of the height, or a range of shifts; positive is downwards."""
    width_factor: AroundZero
    """Largest shift as a part of the width, or a range of shifts; positive is to the right."""
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
            random_translation,
            height_factor=self.height_factor,
            width_factor=self.width_factor,
            fill_mode=self.fill_mode,
            interpolation=self.interpolation,
            seed=self.seed,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )


def random_translation(
    x: Array,
    *,
    height_factor: tuple[float, float],
    width_factor: tuple[float, float],
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
    down = height * per_example(first, x, *height_factor)[..., 0]
    right = width * per_example(second, x, *width_factor)[..., 0]
    rows, columns = grid(x)
    rows, columns = rows - down, columns - right
    y = sample(
        x,
        rows,
        columns,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
    )
    return from_last(y, data_format)
