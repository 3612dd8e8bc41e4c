"""Dropout for networks with selu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.layers.identity import identity
from kc.library.noise import Dropping, chosen_elements

if TYPE_CHECKING:
    from jax import Array


class AlphaDropout(Dropping, kind="alpha_dropout"):
    """Sets a random part of its input to selu's lower limit while training.

    A linear map afterwards brings mean and variance back to 0 and 1, where selu keeps them
    (Klambauer et al. 2017). Outside of training the layer does nothing.

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/alpha_dropout.py``.

    Example:
        - alpha_dropout: 0.1
    """

    def lower(self) -> Call:
        if self.rate == 0:
            return Call(identity)
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
    if not train:
        return x
    keep = chosen_elements(x, key, rate, noise_shape, seed)
    # -scale * alpha of selu.
    lowest = -1.0507009873554805 * 1.6732632423543772
    scale = ((1.0 - rate) * (1.0 + rate * lowest**2)) ** -0.5
    return scale * (jnp.where(keep, x, lowest) - rate * lowest)
