"""Number of yeses that are right."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.confusion import OneThreshold, at_one, count_sums, only_count
from kc.library.metric import Metric


class TruePositives(Metric, kind="true_positives"):
    """The number of outputs above a threshold whose target is not 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [true_positives]
    """

    higher_is_better = True

    thresholds: OneThreshold | None = None
    """The threshold; one half by default."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return count_sums(target, output, ("true_positives",))

    def update(self) -> Call:
        return at_one(self.thresholds)

    def result(self) -> Call:
        return Call(only_count)
