"""A margin between yes and no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class Hinge(Loss, kind="hinge"):
    """``mean(max(1 - target * output, 0))`` over the last axis, for targets -1 and 1.

    A target of 0 counts as -1. In Keras it does so where all targets of a batch are 0 or 1: the
    same for such labels, but with others a value would depend on the rest of its batch.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: hinge
    """

    predicts = "classes"

    def lower(self) -> Call:
        return Call(hinge)


def hinge(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    target = jnp.where(target == 0, -1.0, target)
    return jnp.mean(jnp.maximum(1.0 - target * output, 0.0), axis=-1)
