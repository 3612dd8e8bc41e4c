"""Images like seen through water."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.blurring import blur, gaussian
from kc.library.images.draws import chosen, from_last, per_example, to_last
from kc.library.images.sampling import grid, sample
from kc.library.images.types import BYTES, FillMode, Interpolation, UpTo, ValueRange, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomElasticTransform(Layer, kind="random_elastic_transform"):
    """Moves the cells of some images by smooth random waves while training; floats come out.

    The waves are normal noise, blurred with ``sigma = 0.05 d`` times the shorter side and scaled
    by ``0.1 d`` times the longer one, where d is drawn from ``scale`` (Simard et al. 2003). Keras
    draws d once for a batch, and takes the same noise for both directions, which only moves cells
    along the diagonal; here both are drawn for each image.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_elastic_transform.py``.

    Example:
        - random_elastic_transform: {factor: 0.5, scale: 0.8}
    """

    in_float32 = True

    factor: UpTo = (0.0, 1.0)
    """Chance of an image, drawn for each: the largest one, or a range."""
    scale: UpTo = (0.0, 1.0)
    """Largest strength, or a range of strengths."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    fill_mode: FillMode = "reflect"
    """What lies beyond the border: the mirrored or repeated image, a value, the nearest cell."""
    fill_value: float = 0.0
    """The value beyond the border with ``fill_mode: constant``."""
    value_range: ValueRange = BYTES
    """The smallest and the largest value that images have."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=20 * y.size)

    def lower(self) -> Call:
        return Call(
            random_elastic_transform,
            factor=self.factor,
            scale=self.scale,
            interpolation=self.interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            value_range=self.value_range,
            seed=self.seed,
            data_format=self.data_format,
        ).branches_on("factor", "scale")


def random_elastic_transform(
    x: Array,
    *,
    factor: tuple[float, float] = (0.0, 1.0),
    scale: tuple[float, float] = (0.0, 1.0),
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    value_range: tuple[float, float] = (0.0, 255.0),
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    keys = jax.random.split(stream(key, seed), 3)
    y = to_last(x, data_format)
    strength = per_example(keys[0], x, *scale)
    noise = jax.random.normal(keys[1], (2, *y.shape[:3], 1))
    rows, columns = waves(noise, strength, scale[1])
    down, right = grid(y)
    moved = sample(
        y,
        down + rows,
        right + columns,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
    )
    y = jnp.where(chosen(keys[2], x, factor), moved, y)
    return from_last(jnp.clip(y, *value_range), data_format)


def waves(noise: Array, strength: Array, strongest: float) -> Array:
    """How far cells move, (2, batch, height, width), from noise (2, batch, height, width, 1)."""
    _, _, height, width, _ = noise.shape
    size = int(6 * 0.05 * strongest * min(height, width)) | 1
    # Where nothing moves, a width of 0 would divide by 0.
    sigma = jnp.maximum(0.05 * min(height, width) * strength, 1e-6)
    bell = gaussian(size, sigma.ravel())
    smooth = jnp.stack([blur(sigma * one, bell, bell) for one in noise])
    return (0.1 * max(height, width) * strength * smooth)[..., 0]
