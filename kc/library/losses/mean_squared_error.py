"""Mean of squared differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class MeanSquaredError(Loss, kind="mean_squared_error", aka=("mse",)):
    """``mean((output - target)^2)`` over the last axis.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: mean_squared_error
    """

    predicts = "numbers"

    def lower(self) -> Call:
        return Call(mean_squared_error)


def mean_squared_error(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    return jnp.mean((output - target) ** 2, axis=-1)
