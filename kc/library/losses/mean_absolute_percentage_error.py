"""Mean of absolute differences in percent of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class MeanAbsolutePercentageError(Loss, kind="mean_absolute_percentage_error", aka=("mape",)):
    """``100 * mean(|output - target| / max(|target|, 1e-7))`` over the last axis.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: mean_absolute_percentage_error
    """

    predicts = "numbers"

    def lower(self) -> Call:
        return Call(mean_absolute_percentage_error)


def mean_absolute_percentage_error(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    return 100.0 * jnp.mean(jnp.abs(target - output) / jnp.maximum(jnp.abs(target), 1e-7), axis=-1)
