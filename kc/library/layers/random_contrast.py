"""Images of more or less contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import adjust_contrast
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.types import BYTES, Both, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomContrast(Layer, kind="random_contrast"):
    """Scales distances from each channel's mean by a random factor while training; floats come out.

    The factor is drawn from ``1 - lower`` to ``1 + upper``. A single number stands for both, as
    Keras documents; its code takes a lower end of 0 then, and so never lowers the contrast.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_contrast.py``.

    Example:
        - random_contrast: 0.2
    """

    in_float32 = True

    factor: Both
    """How much lower and how much higher the contrast may become: one number, or two."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=4 * y.size)

    def lower(self) -> Call:
        return Call(
            random_contrast,
            factor=self.factor,
            value_range=self.value_range,
            seed=self.seed,
            data_format=self.data_format,
        )


def random_contrast(
    x: Array,
    *,
    factor: tuple[float, float],
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    change = per_example(stream(key, seed), x, 1 - factor[0], 1 + factor[1])
    return from_last(adjust_contrast(to_last(x, data_format), change, value_range), data_format)
