"""The best recall with enough precision."""

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


class RecallAtPrecision(Metric, kind="recall_at_precision"):
    """The largest ``tp / (tp + fn)`` at a threshold where ``tp / (tp + fp)`` is large enough.

    Thresholds lie evenly from 0 to 1; where none gives enough precision the value is 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [{recall_at_precision: 0.8}]
    """

    higher_is_better = True

    precision: Probability
    """The least precision."""
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
        return Call(recall_at_precision, least=self.precision)


def recall_at_precision(
    *, true_positives: Array, false_positives: Array, false_negatives: Array, least: float
) -> Array:
    recall = ratio(true_positives, true_positives + false_negatives)
    precision = ratio(true_positives, true_positives + false_positives)
    return best_where(recall, precision, least)
