"""Negatives of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import chosen
from kc.library.images.types import BYTES, UpTo, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomInvert(Layer, kind="random_invert"):
    """Turns the values of some images upside down while training: ``low + high - x``, as floats.

    Keras computes ``high - x``, which leaves the range when it does not begin at 0.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_invert.py``.

    Example:
        - random_invert: {factor: 0.3, value_range: [0, 1]}
    """

    in_float32 = True

    factor: UpTo = (0.0, 1.0)
    """Chance of an image, drawn for each: the largest one, or a range."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=y.size)

    def lower(self) -> Call:
        return Call(random_invert, factor=self.factor, value_range=self.value_range, seed=self.seed)


def random_invert(
    x: Array,
    *,
    factor: tuple[float, float] = (0.0, 1.0),
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    inverted = chosen(stream(key, seed), x, factor)
    return jnp.where(inverted, value_range[0] + value_range[1] - x, x)
