"""Images without colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import grayscale
from kc.library.images.draws import from_last, to_last
from kc.library.images.types import Ratio, colour_image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomGrayscale(Layer, kind="random_grayscale"):
    """Takes the colours out of some images while training; channels stay three, floats come out.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_grayscale.py``.

    Example:
        - random_grayscale: 0.3
    """

    in_float32 = True

    factor: Ratio = 0.5
    """Chance of each image."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = colour_image(x, self.data_format, channels=(1, 3))
        return Inferred(y, flops=2 * y.size)

    def lower(self) -> Call:
        return Call(
            random_grayscale, factor=self.factor, data_format=self.data_format, seed=self.seed
        )


def random_grayscale(
    x: Array,
    *,
    factor: float = 0.5,
    data_format: str = "channels_last",
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    y = to_last(x, data_format)
    gray = jax.random.uniform(stream(key, seed), (len(x), 1, 1, 1)) < factor
    return from_last(jnp.where(gray, grayscale(y), y), data_format)
