"""Harmonic mean of precision and recall."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.metric import Metric
from kc.library.metrics.fbeta_score import AboveZero, Average, add_f_counts, f_score, f_sums


class F1Score(Metric, kind="f1_score", aka=("f1",)):
    """``2 * precision * recall / (precision + recall)`` of each class.

    Without ``threshold`` the largest output of an example says yes. Keras's default average is
    none, which gives a value for each class; a log is one number, so here it is ``macro``.

    Source: ``keras/src/metrics/f_score_metrics.py``.

    Example:
        metrics: [f1_score]
    """

    higher_is_better = True

    average: Average = "macro"
    """The mean over classes: all alike (``macro``), by their number of targets (``weighted``), or
    of counts that are taken over all classes (``micro``)."""
    threshold: AboveZero | None = None
    """An output above it says yes."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return f_sums(target, output, self.average, self.threshold)

    def update(self) -> Call:
        return Call(add_f_counts, threshold=self.threshold)

    def result(self) -> Call:
        return Call(f_score, average=self.average)
