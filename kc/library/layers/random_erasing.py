"""Images with a part wiped out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import chosen, from_last, per_example, strip, to_last
from kc.library.images.types import BYTES, UpTo, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomErasing(Layer, kind="random_erasing"):
    """Replaces a random box of some images while training; floats come out (Zhong et al. 2017).

    Both sides of the box are the square root of a random number, as parts of the image, so that
    the box covers about that part of it.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_erasing.py``.

    Example:
        - random_erasing: {factor: 0.5, scale: [0.02, 0.2]}
    """

    in_float32 = True

    factor: UpTo = (0.0, 1.0)
    """Chance of an image, drawn for each: the largest one, or a range."""
    scale: UpTo = (0.02, 0.33)
    """Largest part of the image that the box covers, or a range of parts."""
    fill_value: float | tuple[float, ...] | None = None
    """What the box is filled with, also by channel; by default with normal noise."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        channels = y.shape[-1 if self.data_format == "channels_last" else 0]
        if isinstance(self.fill_value, tuple) and len(self.fill_value) not in {1, channels}:
            raise ShapeError(
                f"has {len(self.fill_value)} fill values for {channels} channels",
                "give one value, or one for each channel",
            )
        return Inferred(y, flops=4 * y.size)

    def lower(self) -> Call:
        return Call(
            random_erasing,
            factor=self.factor,
            scale=self.scale,
            fill_value=self.fill_value,
            value_range=self.value_range,
            seed=self.seed,
            data_format=self.data_format,
        )


def random_erasing(
    x: Array,
    *,
    factor: tuple[float, float] = (0.0, 1.0),
    scale: tuple[float, float] = (0.02, 0.33),
    fill_value: float | tuple[float, ...] | None = None,
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    keys = jax.random.split(stream(key, seed), 4)
    y = to_last(x, data_format)
    box = _side(keys[0], y, 1, scale) & _side(keys[1], y, 2, scale)
    if fill_value is None:
        filling = jax.random.normal(keys[2], y.shape) * value_range[1]
    else:
        filling = jnp.array(fill_value, jnp.float32)
    filling = jnp.clip(filling, *value_range)
    return from_last(jnp.where(chosen(keys[3], x, factor) & box, filling, y), data_format)


def _side(key: Array, x: Array, axis: int, scale: tuple[float, float]) -> Array:
    """Which cells of an axis lie in a random interval: (batch, height or 1, width or 1, 1)."""
    first, second = jax.random.split(key)
    return strip(second, x, axis, jnp.sqrt(per_example(first, x, *scale)))
