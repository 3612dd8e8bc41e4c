"""Crossentropy of independent yes-or-no outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis, Fraction
from kc.library.labels import check_unit_interval
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class BinaryCrossentropy(Loss, kind="binary_crossentropy", aka=("bce",)):
    """``-mean(target * log(p) + (1 - target) * log(1 - p))`` over an axis.

    Probabilities are clipped to [1e-7, 1 - 1e-7]. With label smoothing s a target t becomes
    ``t * (1 - s) + s / 2``.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: binary_crossentropy
    """

    after = "sigmoid"
    predicts = "classes"

    from_logits: bool = False
    """Whether the output goes without sigmoid: the loss then applies it, more accurately."""
    label_smoothing: Fraction = 0.0
    """How far targets move towards one half."""
    axis: Axis = -1
    """The axis of the mean."""

    def target(self, output: TensorType) -> TensorType:
        if output.rank:
            example_axis(self.axis, output)
        return output

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_unit_interval(target)

    def lower(self) -> Call:
        return Call(
            binary_crossentropy,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing or None,
            axis=self.axis,
        )


def binary_crossentropy(
    target: Array,
    output: Array,
    *,
    from_logits: bool = False,
    label_smoothing: float | None = None,
    axis: int = -1,
) -> Array:
    target, output = align(target, output)
    if label_smoothing is not None:
        target = target * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        log_yes, log_no = jax.nn.log_sigmoid(output), jax.nn.log_sigmoid(-output)
    else:
        p = jnp.clip(output, 1e-7, 1.0 - 1e-7)
        log_yes, log_no = jnp.log(p), jnp.log(1.0 - p)
    return -jnp.mean(target * log_yes + (1.0 - target) * log_no, axis=axis)
