"""A loss that is quadratic near zero and linear far from it, and smooth in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class LogCosh(Loss, kind="log_cosh", aka=("logcosh",)):
    """``mean(log(cosh(output - target)))`` over the last axis.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: log_cosh
    """

    predicts = "numbers"

    def lower(self) -> Call:
        return Call(log_cosh)


def log_cosh(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    error = output - target
    # The same as log((exp(error) + exp(-error)) / 2), without overflow.
    return jnp.mean(jnp.logaddexp(error, -error) - jnp.log(2.0), axis=-1)
