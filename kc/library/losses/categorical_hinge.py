"""A margin between the right class and the best of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.loss import Loss
from kc.library.losses.categorical_crossentropy import class_axis

if TYPE_CHECKING:
    from jax import Array


class CategoricalHinge(Loss, kind="categorical_hinge"):
    """``max(max((1 - target) * output) - sum(target * output) + 1, 0)`` over the last axis.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: categorical_hinge
    """

    predicts = "classes"

    def target(self, output: TensorType) -> TensorType:
        class_axis(-1, output)
        return output

    def lower(self) -> Call:
        return Call(categorical_hinge)


def categorical_hinge(target: Array, output: Array) -> Array:
    target = target.astype(output.dtype)
    right = jnp.sum(target * output, axis=-1)
    others = jnp.max((1.0 - target) * output, axis=-1)
    return jnp.maximum(others - right + 1.0, 0.0)
