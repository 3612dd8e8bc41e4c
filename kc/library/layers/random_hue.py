"""Images of other hues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.colours import adjust_hue
from kc.library.images.draws import from_last, per_example, sign_per_example, to_last
from kc.library.images.types import BYTES, UpTo, ValueRange, colour_image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomHue(Layer, kind="random_hue"):
    """Turns the hues of each image around the colour circle while training; floats come out.

    The turn is up to half the circle, in either direction.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_hue.py``.

    Example:
        - random_hue: 0.2
    """

    in_float32 = True

    factor: UpTo
    """Largest turn as a part of half the circle, or a range of turns."""
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
            random_hue,
            factor=self.factor,
            value_range=self.value_range,
            data_format=self.data_format,
            seed=self.seed,
        ).branches_on("value_range")


def random_hue(
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
    first, second = jax.random.split(stream(key, seed))
    change = per_example(first, x, *factor) * sign_per_example(second, x) / 2
    y = adjust_hue(to_last(x, data_format), change[..., 0], value_range)
    return from_last(y, data_format)
