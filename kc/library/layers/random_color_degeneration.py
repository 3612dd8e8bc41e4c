"""Images of duller colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import grayscale
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.types import BYTES, UpTo, ValueRange, colour_image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomColorDegeneration(Layer, kind="random_color_degeneration"):
    """Mixes each image with its grayscale while training: ``x + factor * (gray - x)``, as floats.

    A single factor means from 0 up to it, as Keras documents; its code draws from -factor.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_color_degeneration.py``.

    Example:
        - random_color_degeneration: 0.5
    """

    in_float32 = True

    factor: UpTo
    """Largest part of gray, or a range of parts."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = colour_image(x, self.data_format)
        return Inferred(y, flops=5 * y.size)

    def lower(self) -> Call:
        return Call(
            random_color_degeneration,
            factor=self.factor,
            value_range=self.value_range,
            data_format=self.data_format,
            seed=self.seed,
        )


def random_color_degeneration(
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
    y = to_last(x, data_format)
    y += per_example(stream(key, seed), x, *factor) * (grayscale(y) - y)
    return from_last(jnp.clip(y, *value_range), data_format)
