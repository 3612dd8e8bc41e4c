"""What layers that disturb their input while training share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Noise(Layer):
    """Disturbs floats while training, and does nothing otherwise."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=2 * x.size)


def check_noise_shape(noise_shape: tuple[int | None, ...] | None, x: TensorType) -> None:
    """Make sure that a mask of this shape, batch included, broadcasts to the input.

    Raises:
        ShapeError: when it does not.
    """
    sizes = (None, *x.shape)
    shape = noise_shape or sizes
    if len(shape) != len(sizes) or any(
        n not in {None, 1, size} for n, size in zip(shape, sizes, strict=True)
    ):
        raise ShapeError(
            f"the noise shape {list(shape)} does not broadcast to {x}",
            "give each axis, the batch included, 1 or null",
        )


def stream(key: Array, seed: int | None) -> Array:
    """The random stream of a layer, or another one with a seed of its own."""
    return key if seed is None else jax.random.fold_in(key, seed)
