"""Random zeros while training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.layers.identity import identity
from kc.library.noise import Dropping, chosen_elements

if TYPE_CHECKING:
    from jax import Array


class Dropout(Dropping, kind="dropout"):
    """Sets a random part of its input to zero while training, and scales the rest up.

    Elements are kept with probability ``1 - rate`` and divided by it, so that the mean stays.
    Outside of training the layer does nothing (Srivastava et al. 2014).

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/dropout.py``.

    Example:
        - dropout: 0.3
    """

    def lower(self) -> Call:
        if self.rate == 0:
            return Call(identity)
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
    if not train:
        return x
    return jnp.where(chosen_elements(x, key, rate, noise_shape, seed), x / (1.0 - rate), 0.0)
