"""What layers that disturb their input while training share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import Fraction, PositiveInt, Seed
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Noise(Layer):
    """Disturbs floats while training, and does nothing otherwise."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=2 * x.size)


class Dropping(Noise):
    """Changes a random part of the elements while training."""

    masking = "pass"

    rate: Fraction
    """Part of the elements that is dropped."""
    noise_shape: tuple[PositiveInt | None, ...] | None = None
    """Shape of the mask, batch included: 1 shares the choice along an axis, null takes its size."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def infer(self, x: TensorType, /) -> Inferred:
        check_noise_shape(self.noise_shape, x)
        return super().infer(x)


def chosen_elements(
    x: Array, key: Array, rate: float, noise_shape: tuple[int | None, ...] | None, seed: int | None
) -> Array:
    """True for the elements that are kept; broadcasts to x."""
    shape = x.shape
    if noise_shape is not None:
        shape = tuple(n or size for n, size in zip(noise_shape, x.shape, strict=True))
    return jax.random.bernoulli(stream(key, seed), 1.0 - rate, shape)


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
