"""Number of yeses that are wrong."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.confusion import OneThreshold, at_one, count_sums, only_count
from kc.library.metric import Metric


class FalsePositives(Metric, kind="false_positives"):
    """The number of outputs above a threshold whose target is 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [false_positives]
    """

    thresholds: OneThreshold | None = None
    """The threshold; one half by default."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return count_sums(target, output, ("false_positives",))

    def update(self) -> Call:
        return at_one(self.thresholds)

    def result(self) -> Call:
        return Call(only_count)
