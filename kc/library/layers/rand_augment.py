"""Several random augmentations of each image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, PositiveInt, Seed
from kc.library.images.draws import from_last, to_last
from kc.library.images.policies import ALL_AUGMENTATIONS, augmented
from kc.library.images.types import BYTES, Interpolation, UpTo, ValueRange, colour_image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandAugment(Layer, kind="rand_augment"):
    """Applies a number of augmentations, drawn for each image, while training (Cubuk et al. 2019).

    The choice is among shear, translation, rotation, posterization, solarization, auto contrast,
    equalization, brightness, color degeneration, contrast and sharpness. Floats come out. Keras
    draws which ones once for a batch, here each image has its own.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/rand_augment.py``.

    Example:
        - rand_augment: {value_range: [0, 1], num_ops: 1, factor: 0.3}
    """

    in_float32 = True

    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    num_ops: PositiveInt = 2
    """How many augmentations each image gets, one after another."""
    factor: UpTo = (0.0, 0.5)
    """Largest strength of each, or a range of strengths."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = colour_image(x, self.data_format, channels=(1, 3))
        return Inferred(y, flops=80 * self.num_ops * y.size)

    def lower(self) -> Call:
        return Call(
            rand_augment,
            value_range=self.value_range,
            num_ops=self.num_ops,
            factor=self.factor,
            interpolation=self.interpolation,
            seed=self.seed,
            data_format=self.data_format,
        ).branches_on("value_range", "factor")


def rand_augment(
    x: Array,
    *,
    value_range: tuple[float, float] = (0.0, 255.0),
    num_ops: int = 2,
    factor: tuple[float, float] = (0.0, 0.5),
    interpolation: str = "bilinear",
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x

    def augment(y: Array, key: Array) -> tuple[Array, None]:
        first, second = jax.random.split(key)
        numbers = jax.random.randint(first, (len(y),), 0, ALL_AUGMENTATIONS)
        y = augmented(
            y,
            numbers,
            factor=factor,
            value_range=value_range,
            interpolation=interpolation,
            key=second,
        )
        return y, None

    keys = jax.random.split(stream(key, seed), num_ops)
    y, _ = lax.scan(augment, to_last(x, data_format), keys)
    return from_last(y, data_format)
