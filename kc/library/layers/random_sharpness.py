"""Smoother and sharper images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import sharpen
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.types import BYTES, UpTo, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomSharpness(Layer, kind="random_sharpness"):
    """Smooths or sharpens each image while training; floats come out.

    A factor of 0 smooths over 3 x 3 cells, 0.5 leaves the image, 1 goes as far the other way.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_sharpness.py``.

    Example:
        - random_sharpness: [0.4, 0.8]
    """

    in_float32 = True

    factor: UpTo
    """Largest factor, or a range of factors."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=15 * x.size)

    def lower(self) -> Call:
        return Call(
            random_sharpness,
            factor=self.factor,
            value_range=self.value_range,
            data_format=self.data_format,
            seed=self.seed,
        )


def random_sharpness(
    x: Array,
    *,
    factor: tuple[float, float],
    value_range: tuple[float, float] = (0.0, 255.0),
    data_format: str = "channels_last",
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    factors = per_example(stream(key, seed), x, *factor)
    return from_last(sharpen(to_last(x, data_format), factors, value_range), data_format)
