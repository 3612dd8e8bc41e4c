"""Random zeros while training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import Fraction, PositiveInt, Seed
from kc.library.noise import Noise, check_noise_shape

if TYPE_CHECKING:
    from jax import Array


class Dropout(Noise, kind="dropout"):
    """Sets a random part of its input to zero while training, and scales the rest up.

    Elements are kept with probability ``1 - rate`` and divided by it, so that the mean stays.
    Outside of training the layer does nothing (Srivastava et al. 2014).

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/dropout.py``.

    Example:
        - dropout: 0.3
    """

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

    def lower(self) -> Call:
        return Call(dropout, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed)


def dropout(
    x: Array,
    *,
    rate: float,
    noise_shape: tuple[int | None, ...] | None = None,
    seed: int | None = None,
    key: Array,
    train: bool,
) -> Array:
    if not train or rate == 0:
        return x
    if seed is not None:
        key = jax.random.fold_in(key, seed)
    shape = x.shape
    if noise_shape is not None:
        shape = tuple(n or size for n, size in zip(noise_shape, x.shape, strict=True))
    keep = jax.random.bernoulli(key, 1.0 - rate, shape)
    return jnp.where(keep, x / (1.0 - rate), 0.0)
