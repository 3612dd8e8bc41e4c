"""Images seen from the side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import chosen, from_last, to_last
from kc.library.images.sampling import grid, sample
from kc.library.images.types import Interpolation, Ratio, UpTo, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomPerspective(Layer, kind="random_perspective"):
    """Moves the corners of some images at random while training; floats come out.

    Each coordinate of a corner is moved by up to ``scale / 2`` of itself, so the upper left corner
    stays, as in Keras. What comes from beyond the border has one value.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_perspective.py``.

    Example:
        - random_perspective: {factor: 0.5, scale: 0.3}
    """

    in_float32 = True

    factor: UpTo = (0.0, 1.0)
    """Chance of an image to be changed, drawn for each: the largest one, or a range."""
    scale: Ratio = 1.0
    """How far the corners move."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    fill_value: float = 0.0
    """The value beyond the border."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=8 * y.size)

    def lower(self) -> Call:
        return Call(
            random_perspective,
            factor=self.factor,
            scale=self.scale,
            interpolation=self.interpolation,
            fill_value=self.fill_value,
            seed=self.seed,
            data_format=self.data_format,
        )


def random_perspective(
    x: Array,
    *,
    factor: tuple[float, float] = (0.0, 1.0),
    scale: float = 1.0,
    interpolation: str = "bilinear",
    fill_value: float = 0.0,
    seed: int | None = None,
    data_format: str = "channels_last",
    key: Array,
    train: bool,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    if not train:
        return x
    x = to_last(x, data_format)
    first, second = jax.random.split(stream(key, seed))
    moved = jax.random.uniform(first, (len(x), 4, 2), minval=-scale / 2, maxval=scale / 2)
    y = perspective(x, moved, interpolation, fill_value)
    return from_last(jnp.where(chosen(second, x, factor), y, x), data_format)


def perspective(
    x: Array, moved: Array, interpolation: str = "bilinear", fill_value: float = 0.0
) -> Array:
    """Images whose corners (x, y) are moved by parts (batch, 4, 2) of themselves."""
    _, height, width, _ = x.shape
    right, bottom = width - 1.0, height - 1.0
    start = jnp.array([[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]])
    a, b, c, d, e, f, g, h = jnp.moveaxis(homography(start * (1 + moved), start), 1, 0)
    rows, columns = grid(x)
    scale = g * columns + h * rows + 1
    return sample(
        x,
        (d * columns + e * rows + f) / scale,
        (a * columns + b * rows + c) / scale,
        interpolation=interpolation,
        fill_mode="constant",
        fill_value=fill_value,
    )


def homography(source: Array, target: Array) -> Array:
    """The eight numbers a..h, as (batch, 8, 1, 1), that take four points to four others.

    ``x' = (a x + b y + c) / (g x + h y + 1)``, ``y' = (d x + e y + f) / (g x + h y + 1)``.
    """
    target = jnp.broadcast_to(target, source.shape)
    x, y = source[..., 0], source[..., 1]
    one, zero = jnp.ones_like(x), jnp.zeros_like(x)
    across = jnp.stack(
        [x, y, one, zero, zero, zero, -x * target[..., 0], -y * target[..., 0]], axis=-1
    )
    along = jnp.stack(
        [zero, zero, zero, x, y, one, -x * target[..., 1], -y * target[..., 1]], axis=-1
    )
    known = jnp.concatenate([target[..., 0], target[..., 1]], axis=1)
    found = jnp.linalg.solve(jnp.concatenate([across, along], axis=1), known[..., None])
    return found[..., None]
