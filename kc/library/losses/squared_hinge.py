"""A margin between yes and no, squared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class SquaredHinge(Loss, kind="squared_hinge"):
    """``mean(max(1 - target * output, 0)^2)`` over the last axis, for targets -1 and 1.

    A target of 0 counts as -1, as in ``hinge``.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: squared_hinge
    """

    predicts = "classes"

    def lower(self) -> Call:
        return Call(squared_hinge)


def squared_hinge(target: Array, output: Array) -> Array:
    target, output = align(target, output)
    target = jnp.where(target == 0, -1.0, target)
    return jnp.mean(jnp.maximum(1.0 - target * output, 0.0) ** 2, axis=-1)
