"""Dropout for networks with selu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import Fraction, PositiveInt, Seed
from kc.library.noise import Noise, check_noise_shape, stream

if TYPE_CHECKING:
    from jax import Array


class AlphaDropout(Noise, kind="alpha_dropout"):
    """Sets a random part of its input to selu's lower limit while training.

    A linear map afterwards brings mean and variance back to 0 and 1, where selu keeps them
    (Klambauer et al. 2017). Outside of training the layer does nothing.

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/alpha_dropout.py``.

    Example:
        - alpha_dropout: 0.1
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
        return Call(alpha_dropout, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed)


def alpha_dropout(
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
    shape = x.shape
    if noise_shape is not None:
        shape = tuple(n or size for n, size in zip(noise_shape, x.shape, strict=True))
    keep = jax.random.bernoulli(stream(key, seed), 1.0 - rate, shape)
    # -scale * alpha of selu.
    lowest = -1.0507009873554805 * 1.6732632423543772
    scale = ((1.0 - rate) * (1.0 + rate * lowest**2)) ** -0.5
    return scale * (jnp.where(keep, x, lowest) - rate * lowest)
