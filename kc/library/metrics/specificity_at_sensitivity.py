"""The best specificity with enough sensitivity."""

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


class SpecificityAtSensitivity(Metric, kind="specificity_at_sensitivity"):
    """The largest ``tn / (tn + fp)`` at a threshold where ``tp / (tp + fn)`` is large enough.

    Thresholds lie evenly from 0 to 1; where none gives enough sensitivity the value is 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [{specificity_at_sensitivity: 0.8}]
    """

    higher_is_better = True

    sensitivity: Probability
    """The least sensitivity."""
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
        return Call(specificity_at_sensitivity, least=self.sensitivity)


def specificity_at_sensitivity(
    *,
    true_positives: Array,
    false_positives: Array,
    true_negatives: Array,
    false_negatives: Array,
    least: float,
) -> Array:
    specificity = ratio(true_negatives, true_negatives + false_positives)
    sensitivity = ratio(true_positives, true_positives + false_negatives)
    return best_where(specificity, sensitivity, least)
