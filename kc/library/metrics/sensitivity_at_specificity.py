"""The best sensitivity with enough specificity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.confusion import at_many, best_where, count_sums, ratio
from kc.library.fields import NonNegativeInt, PositiveInt, Probability
from kc.library.metric import Metric

if TYPE_CHECKING:
    from jax import Array


class SensitivityAtSpecificity(Metric, kind="sensitivity_at_specificity"):
    """The largest ``tp / (tp + fn)`` at a threshold where ``tn / (tn + fp)`` is large enough.

    Thresholds lie evenly from 0 to 1; where none gives enough specificity the value is 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [{sensitivity_at_specificity: 0.8}]
    """

    higher_is_better = True

    specificity: Probability
    """The least specificity."""
    num_thresholds: PositiveInt = 200
    """Number of thresholds; a single one is one half."""
    class_id: NonNegativeInt | None = None
    """The one class that is looked at; all by default."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        names = ("true_positives", "false_positives", "true_negatives", "false_negatives")
        return count_sums(
            target, output, names, thresholds=self.num_thresholds, class_id=self.class_id
        )

    def update(self) -> Call:
        return at_many(self.num_thresholds, self.class_id)

    def result(self) -> Call:
        return Call(sensitivity_at_specificity, least=self.specificity)


def sensitivity_at_specificity(
    *,
    true_positives: Array,
    false_positives: Array,
    true_negatives: Array,
    false_negatives: Array,
    least: float,
) -> Array:
    sensitivity = ratio(true_positives, true_positives + false_negatives)
    specificity = ratio(true_negatives, true_negatives + false_positives)
    return best_where(sensitivity, specificity, least)
