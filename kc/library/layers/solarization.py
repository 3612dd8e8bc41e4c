"""Images whose light parts are upside down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import Seed
from kc.library.images.colours import solarize
from kc.library.images.draws import per_example
from kc.library.images.types import BYTES, UpTo, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class Solarization(Layer, kind="solarization"):
    """Adds to values and turns those from a threshold on upside down while training.

    Both are random parts of 255, the value range scaled to 0..255; floats come out. Keras scales
    the upper end of a range only: (0.1, 0.2) adds 0.1 up to 51.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/solarization.py``.

    Example:
        - solarization: {addition_factor: 0.2, threshold_factor: [0.4, 0.6]}
    """

    in_float32 = True

    addition_factor: UpTo = (0.0, 0.0)
    """Largest addition as a part of the range, or a range of parts."""
    threshold_factor: UpTo = (0.0, 0.0)
    """Largest threshold as a part of the range, or a range of parts."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x)
        return Inferred(y, flops=4 * y.size)

    def lower(self) -> Call:
        return Call(
            solarization,
            addition_factor=self.addition_factor,
            threshold_factor=self.threshold_factor,
            value_range=self.value_range,
            seed=self.seed,
        ).branches_on("value_range")


def solarization(
    x: Array,
    *,
    addition_factor: tuple[float, float] = (0.0, 0.0),
    threshold_factor: tuple[float, float] = (0.0, 0.0),
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    first, second = jax.random.split(stream(key, seed))
    addition = 255 * per_example(first, x, *addition_factor)
    threshold = 255 * per_example(second, x, *threshold_factor)
    return solarize(x, addition, threshold, value_range)
