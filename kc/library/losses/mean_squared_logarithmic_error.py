"""Mean of squared differences of logarithms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class MeanSquaredLogarithmicError(Loss, kind="mean_squared_logarithmic_error", aka=("msle",)):
    """``mean((log(output + 1) - log(target + 1))^2)`` over the last axis.

    Values below 1e-7 count as 1e-7.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: mean_squared_logarithmic_error
    """

    predicts = "numbers"

    def lower(self) -> Call:
        return Call(mean_squared_logarithmic_error)


def mean_squared_logarithmic_error(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    log_target = jnp.log(jnp.maximum(target, 1e-7) + 1.0)
    log_output = jnp.log(jnp.maximum(output, 1e-7) + 1.0)
    return jnp.mean((log_output - log_target) ** 2, axis=-1)
