"""The best precision with enough recall."""

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


class PrecisionAtRecall(Metric, kind="precision_at_recall"):
    """The largest ``tp / (tp + fp)`` at a threshold where ``tp / (tp + fn)`` is large enough.

    Thresholds lie evenly from 0 to 1; where none gives enough recall the value is 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [{precision_at_recall: 0.8}]
    """

    higher_is_better = True

    recall: Probability
    """The least recall."""
    num_thresholds: PositiveInt = 200
    """Number of thresholds; a single one is one half."""
    class_id: NonNegativeInt | None = None
    """The one class that is looked at; all by default."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        names = ("true_positives", "false_positives", "false_negatives")
        return count_sums(
            target, output, names, thresholds=self.num_thresholds, class_id=self.class_id
        )

    def update(self) -> Call:
        return at_many(self.num_thresholds, self.class_id)

    def result(self) -> Call:
        return Call(precision_at_recall, least=self.recall)


def precision_at_recall(
    *, true_positives: Array, false_positives: Array, false_negatives: Array, least: float
) -> Array:
    precision = ratio(true_positives, true_positives + false_positives)
    recall = ratio(true_positives, true_positives + false_negatives)
    return best_where(precision, recall, least)
