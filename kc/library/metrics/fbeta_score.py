"""Mean of precision and recall with a weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Shape, ShapeError, TensorType
from kc.library.fields import PositiveFloat
from kc.library.loss import align
from kc.library.metric import Metric, value_by_value

if TYPE_CHECKING:
    from jax import Array

Average = Literal["micro", "macro", "weighted"]
AboveZero = Annotated[float, Field(gt=0, le=1)]


class FBetaScore(Metric, kind="fbeta_score", aka=("f_beta", "f_beta_score")):
    """``(1 + beta^2) * precision * recall / (beta^2 * precision + recall)`` of each class.

    Without ``threshold`` the largest output of an example says yes. Keras's default average is
    none, which gives a value for each class; a log is one number, so here it is ``macro``.

    Source: ``keras/src/metrics/f_score_metrics.py``.

    Example:
        metrics: [{fbeta_score: {beta: 2}}]
    """

    higher_is_better = True

    average: Average = "macro"
    """The mean over classes: all alike (``macro``), by their number of targets (``weighted``), or
    of counts that are taken over all classes (``micro``)."""
    beta: PositiveFloat = 1.0
    """How much recall weighs against precision."""
    threshold: AboveZero | None = None
    """An output above it says yes."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return f_sums(target, output, self.average, self.threshold)

    def update(self) -> Call:
        return Call(add_f_counts, threshold=self.threshold)

    def result(self) -> Call:
        return Call(f_score, average=self.average, beta=self.beta)


def f_sums(
    target: TensorType, output: TensorType, average: Average, threshold: float | None
) -> Mapping[str, Shape]:
    """Sums of an F score.

    Raises:
        ShapeError: when targets or output are no rows of classes.
    """
    value_by_value(target, output)
    if output.rank > 1:
        raise ShapeError(f"takes one axis of classes, the output is {output}")
    classes = output.shape or (1,)
    if classes == (1,) and threshold is None:
        raise ShapeError(
            "needs a `threshold` for an output of one unit, as its largest output is always yes",
            "add `threshold: 0.5`",
        )
    names = ("true_positives", "false_positives", "false_negatives")
    return dict.fromkeys(names, () if average == "micro" else classes)


def add_f_counts(
    target: Array,
    output: Array,
    weights: Array,
    *,
    true_positives: Array,
    false_positives: Array,
    false_negatives: Array,
    threshold: float | None = None,
) -> dict[str, Array]:
    """The sums, () over all classes or (classes,), with a batch added."""
    target, output = align(target, output)
    if threshold is None:
        largest = jnp.max(output, axis=-1, keepdims=True)
        # A row of zeros says no everywhere.
        yes = (output >= largest) & (jnp.abs(output) > 1e-9)
    else:
        yes = output > threshold
    yes = yes.astype(jnp.float32)
    weights = weights[:, None]
    # Selecting, not multiplying: a padded row may hold NaN.
    target = jnp.where(weights > 0, target, 0.0)
    axis = None if true_positives.ndim == 0 else 0
    return {
        "true_positives": true_positives + jnp.sum(weights * yes * target, axis),
        "false_positives": false_positives + jnp.sum(weights * yes * (1.0 - target), axis),
        "false_negatives": false_negatives + jnp.sum(weights * (1.0 - yes) * target, axis),
    }


def f_score(
    *,
    true_positives: Array,
    false_positives: Array,
    false_negatives: Array,
    average: str = "macro",
    beta: float = 1.0,
) -> Array:
    positives = true_positives + false_negatives
    precision = true_positives / (true_positives + false_positives + 1e-7)
    recall = true_positives / (positives + 1e-7)
    scores = (1.0 + beta**2) * precision * recall / (beta**2 * precision + recall + 1e-7)
    if average == "weighted":
        return jnp.sum(scores * positives / (jnp.sum(positives) + 1e-7))
    return jnp.mean(scores)
