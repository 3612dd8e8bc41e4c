"""Turned images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat, Seed
from kc.library.images.draws import from_last, per_example, to_last
from kc.library.images.sampling import grid, sample
from kc.library.images.types import AroundZero, FillMode, Interpolation, image
from kc.library.layer import Layer
from kc.library.noise import stream

if TYPE_CHECKING:
    from jax import Array


class RandomRotation(Layer, kind="random_rotation"):
    """Turns each image around its middle by a random angle while training; floats come out.

    Shapes: (height, width, channels) -> the same.

    Source: ``keras/src/layers/preprocessing/image_preprocessing/random_rotation.py``.

    Example:
        - random_rotation: 0.1
    """

    in_float32 = True

    factor: AroundZero
    """Largest angle as a part of a full turn, or a range of angles; positive is anticlockwise."""
    fill_mode: FillMode = "reflect"
    """What lies beyond the border: the mirrored or repeated image, a value, the nearest cell."""
    interpolation: Interpolation = "bilinear"
    """How values between cells are found."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""
    fill_value: float = 0.0
    """The value beyond the border with ``fill_mode: constant``."""
    data_format: DataFormat = "channels_last"
    """Place of the channels axis."""

    def infer(self, x: TensorType, /) -> Inferred:
        y = image(x, self.data_format)
        return Inferred(y, flops=8 * y.size)

    def lower(self) -> Call:
        return Call(
            random_rotation,
            factor=self.factor,
            fill_mode=self.fill_mode,
            interpolation=self.interpolation,
            seed=self.seed,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )


def random_rotation(
    x: Array,
    *,
    factor: tuple[float, float],
    fill_mode: str = "reflect",
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
    _, height, width, _ = x.shape
    angle = 2 * math.pi * per_example(stream(key, seed), x, *factor)[..., 0]
    rows, columns = grid(x)
    down, right = rows - (height - 1) / 2, columns - (width - 1) / 2
    rows = (height - 1) / 2 + jnp.sin(angle) * right + jnp.cos(angle) * down
    columns = (width - 1) / 2 + jnp.cos(angle) * right - jnp.sin(angle) * down
    y = sample(
        x,
        rows,
        columns,
        interpolation=interpolation,
        fill_mode=fill_mode,
        fill_value=fill_value,
    )
    return from_last(y, data_format)
