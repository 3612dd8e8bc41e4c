"""Mean of absolute differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class MeanAbsoluteError(Loss, kind="mean_absolute_error", aka=("mae",)):
    """``mean(|output - target|)`` over the last axis.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: mean_absolute_error
    """

    predicts = "numbers"

    def lower(self) -> Call:
        return Call(mean_absolute_error)


def mean_absolute_error(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    return jnp.mean(jnp.abs(target - output), axis=-1)
