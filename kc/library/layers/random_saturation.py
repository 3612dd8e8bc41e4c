"""Images of paler or stronger colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import adjust_saturation
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.types import BYTES, UpTo, ValueRange, colour_image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomSaturation(Layer, kind="random_saturation"):
    """Scales the saturation of each image while training; floats come out.

    A factor of 0 makes it gray, 0.5 leaves it, towards 1 the colours become pure: the saturation
    is multiplied by ``factor / (1 - factor)`` and kept within 0 and 1. A single factor means from
    0 up to it, as Keras documents; its code draws from -factor, where all negative ones are gray,
    and keeps the saturation within the value range, so that with 0..255 colours leave that range.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_saturation.py``.

    Example:
        - random_saturation: [0.3, 0.7]
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
        y = colour_image(x, self.data_format)
        return Inferred(y, flops=40 * x.size)

    def lower(self) -> Call:
        return Call(
            random_saturation, factor=self.factor, data_format=self.data_format, seed=self.seed
        )


def random_saturation(
    x: Array,
    *,
    factor: tuple[float, float],
    data_format: str = "channels_last",
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    factors = per_example(stream(key, seed), x, *factor)[..., 0]
    y = adjust_saturation(to_last(x, data_format), factors / (1 - factors + 1e-7))
    return from_last(y, data_format)
