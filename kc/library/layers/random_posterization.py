"""Images of few shades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import posterize
from kc.library.images.types import BYTES, Bits, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomPosterization(Layer, kind="random_posterization"):
    """Keeps a few bits of the values of each image while training; floats come out.

    A single number means 1 up to it. Keras leaves out the upper end of a range, so that two bits
    are never kept with 2.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_posterization.py``.

    Example:
        - random_posterization: [2, 5]
    """

    in_float32 = True

    factor: Bits
    """Largest number of bits of 8, or a range of numbers, its ends included."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=4 * y.size)

    def lower(self) -> Call:
        return Call(
            random_posterization, factor=self.factor, value_range=self.value_range, seed=self.seed
        ).branches_on("value_range")


def random_posterization(
    x: Array,
    *,
    factor: tuple[int, int],
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    shape = (len(x), 1, 1, 1)
    bits = jax.random.randint(stream(key, seed), shape, factor[0], factor[1] + 1)
    return posterize(x, bits, value_range)
