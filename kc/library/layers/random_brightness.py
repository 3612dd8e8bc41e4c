"""Lighter and darker images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import Seed
from kc.library.images.draws import per_example
from kc.library.images.types import BYTES, AroundZero, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomBrightness(Layer, kind="random_brightness"):
    """Adds a random part of the value range to each image while training; floats come out.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_brightness.py``.

    Example:
        - random_brightness: 0.2
    """

    in_float32 = True

    factor: AroundZero
    """Largest change as a part of the value range, or a range of changes."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x)
        return Inferred(y, flops=2 * y.size)

    def lower(self) -> Call:
        return Call(
            random_brightness, factor=self.factor, value_range=self.value_range, seed=self.seed
        )


def random_brightness(
    x: Array,
    *,
    factor: tuple[float, float],
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    change = per_example(stream(key, seed), x, *factor) * (value_range[1] - value_range[0])
    return jnp.clip(x + change, *value_range)
