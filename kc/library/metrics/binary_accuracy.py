"""Part of the yes-or-no outputs that are right."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.metric import MeanMetric
from kc.library.metrics.accuracy import binary_accuracy


class BinaryAccuracy(MeanMetric, kind="binary_accuracy"):
    """Part of the outputs that are above a threshold exactly where their target is 1.

    Source: ``keras/src/metrics/accuracy_metrics.py``.

    Example:
        metrics: [{binary_accuracy: 0.4}]
    """

    higher_is_better = True

    threshold: float = 0.5
    """An output above it says yes."""

    def values(self) -> Call:
        return Call(binary_accuracy, threshold=self.threshold)
