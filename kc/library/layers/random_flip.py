"""Mirrored images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import from_last, to_last
from kc.library.images.types import image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomFlip(Layer, kind="random_flip"):
    """Mirrors each image with a chance of one half while training; floats come out.

    With both directions, each is drawn by itself. Keras 3 draws once for both, so that an image
    stays or is turned by 180 degrees, and is never just mirrored; Keras 2 drew twice.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_flip.py``.

    Example:
        - random_flip: horizontal
    """

    in_float32 = True

    mode: Literal["horizontal_and_vertical", "horizontal", "vertical"] = "horizontal_and_vertical"
    """Left with right, top with bottom, or both."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(image(x, self.data_format))

    def lower(self) -> Call:
        return Call(random_flip, mode=self.mode, seed=self.seed, data_format=self.data_format)


def random_flip(
    x: Array,
    *,
    mode: str = "horizontal_and_vertical",
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    x = to_last(x, data_format)
    mirrored = jax.random.bernoulli(stream(key, seed), 0.5, (2, len(x), 1, 1, 1))
    if mode != "vertical":
        x = jnp.where(mirrored[0], x[:, :, ::-1], x)
    if mode != "horizontal":
        x = jnp.where(mirrored[1], x[:, ::-1], x)
    return from_last(x, data_format)
