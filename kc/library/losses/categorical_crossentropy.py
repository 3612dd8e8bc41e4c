"""Crossentropy of classes given as one-hot rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis, Fraction
from kc.library.labels import check_unit_interval
from kc.library.loss import Loss

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class CategoricalCrossentropy(
    Loss, kind="categorical_crossentropy", aka=("cce", "ce", "crossentropy")
):
    """``-sum(target * log(p))`` over the classes.

    Probabilities are divided by their sum and clipped to [1e-7, 1 - 1e-7]. With label smoothing s
    over K classes a target t becomes ``t * (1 - s) + s / K``.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: categorical_crossentropy
    """

    after = "softmax"
    predicts = "classes"

    from_logits: bool = False
    """Whether the output goes without softmax: the loss then applies it, more accurately."""
    label_smoothing: Fraction = 0.0
    """How far targets move towards equal probabilities."""
    axis: Axis = -1
    """The axis of the classes."""

    def target(self, output: TensorType) -> TensorType:
        class_axis(self.axis, output)
        return output

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_unit_interval(target)

    def lower(self) -> Call:
        return Call(
            categorical_crossentropy,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing or None,
            axis=self.axis,
        )


def class_axis(axis: int, output: TensorType) -> int:
    """The axis of the classes, as an index into ``output.shape``.

    Raises:
        ShapeError: for an output that has no axis of several classes there.
    """
    index = example_axis(axis, output) if output.rank else 0
    if output.rank == 0 or output.shape[index] < 2:
        raise ShapeError(
            f"needs an output with at least two classes, it is {output}",
            "use `binary_crossentropy` for one unit, or give the output one unit per class",
        )
    return index


def categorical_crossentropy(
    target: Array,
    output: Array,
    *,
    from_logits: bool = False,
    label_smoothing: float | None = None,
    axis: int = -1,
) -> Array:
    target = target.astype(output.dtype)
    if label_smoothing is not None:
        target = target * (1.0 - label_smoothing) + label_smoothing / output.shape[axis]
    return -jnp.sum(target * log_probabilities(output, from_logits, axis), axis=axis)


def log_probabilities(output: Array, from_logits: bool, axis: int) -> Array:
    """Logarithms of logits' softmax, or of probabilities: renormalized and clipped as in Keras."""
    if from_logits:
        return jax.nn.log_softmax(output, axis=axis)
    total = jnp.sum(output, axis=axis, keepdims=True)
    # Keras divides by 0 where all outputs are 0, as in a row that only pads the batch; its NaN
    # would reach the gradients of all other rows.
    p = output / jnp.where(total == 0, 1.0, total)
    return jnp.log(jnp.clip(p, 1e-7, 1.0 - 1e-7))
