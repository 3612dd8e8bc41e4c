"""Parts of images at random places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, PositiveInt, Seed
from kc.library.images.draws import from_last, to_last
from kc.library.images.resize import crop_to_aspect, resize
from kc.library.images.types import image, sized
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomCrop(Layer, kind="random_crop"):
    """A part of a given size at a random place of each image while training.

    Outside of training, and where the image is smaller than the part, it is cut in the middle to
    the proportions of the output and scaled. That is what Keras documents; its code hands the whole
    image on outside of training, whose size no layer behind could take. Keras takes one place for
    the whole batch, here each example has its own.

    Shapes: (rows, columns, channels) -> (height, width, channels).

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_crop.py``.

    Example:
        - random_crop: {height: 6, width: 5}
    """

    in_float32 = True

    height: PositiveInt
    """Rows of the output."""
    width: PositiveInt
    """Columns of the output."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(
            sized(image(x, self.data_format), self.height, self.width, self.data_format)
        )

    def lower(self) -> Call:
        return Call(
            random_crop,
            height=self.height,
            width=self.width,
            seed=self.seed,
            data_format=self.data_format,
        )


def random_crop(
    x: Array,
    *,
    height: int,
    width: int,
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    """x (batch, rows, columns, channels) -> (batch, height, width, channels)."""
    x = to_last(jnp.asarray(x, jnp.float32), data_format)
    batch, rows, columns, channels = x.shape
    if not train or rows < height or columns < width:
        return from_last(resize(crop_to_aspect(x, height, width), height, width), data_format)
    largest = jnp.array([rows - height, columns - width])
    corners = jax.random.randint(stream(key, seed), (batch, 2), 0, largest + 1)

    def cut(example: Array, corner: Array) -> Array:
        return lax.dynamic_slice(example, (corner[0], corner[1], 0), (height, width, channels))

    return from_last(jax.vmap(cut)(x, corners), data_format)
