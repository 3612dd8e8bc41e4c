"""Blurred images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Pair, Seed
from kc.library.images.blurring import blur, gaussian
from kc.library.images.draws import chosen, from_last, per_example, to_last
from kc.library.images.types import BYTES, UpTo, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomGaussianBlur(Layer, kind="random_gaussian_blur"):
    """Blurs some images by a bell of random width while training; floats come out.

    Height and width of the bell are drawn for each image. Keras draws them once for the batch.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_gaussian_blur.py``.

    Example:
        - random_gaussian_blur: {factor: 0.5, kernel_size: 3, sigma: [0.5, 1.0]}
    """

    in_float32 = True

    factor: UpTo = (0.0, 1.0)
    """Chance of an image, drawn for each: the largest one, or a range."""
    kernel_size: Pair = (3, 3)
    """Width and height of what a cell sees, odd numbers; Keras counts the width first here."""
    sigma: UpTo = (0.0, 1.0)
    """Largest standard deviation of the bell in cells, or a range of them."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    @model_validator(mode="after")
    def _has_a_middle(self) -> RandomGaussianBlur:
        if any(size % 2 == 0 for size in self.kernel_size):
            raise ValueError("the kernel size has to be odd, so that it has a middle")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=2 * y.size * sum(self.kernel_size))

    def lower(self) -> Call:
        return Call(
            random_gaussian_blur,
            factor=self.factor,
            kernel_size=self.kernel_size,
            sigma=self.sigma,
            value_range=self.value_range,
            data_format=self.data_format,
            seed=self.seed,
        )


def random_gaussian_blur(
    x: Array,
    *,
    factor: tuple[float, float] = (0.0, 1.0),
    kernel_size: tuple[int, int] = (3, 3),
    sigma: tuple[float, float] = (0.0, 1.0),
    value_range: tuple[float, float] = (0.0, 255.0),
    data_format: str = "channels_last",
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    first, second, third = jax.random.split(stream(key, seed), 3)
    y = to_last(x, data_format)
    wide = per_example(first, x, *sigma).ravel() + 1e-6
    high = per_example(second, x, *sigma).ravel() + 1e-6
    blurred = blur(y, gaussian(kernel_size[1], high), gaussian(kernel_size[0], wide))
    y = jnp.where(chosen(third, x, factor), blurred, y)
    return from_last(jnp.clip(y, *value_range), data_format)
