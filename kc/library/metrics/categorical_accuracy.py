"""Part of the examples whose class, given as a one-hot row, is found."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.metric import MeanMetric, class_rows
from kc.library.metrics.accuracy import categorical_accuracy


class CategoricalAccuracy(MeanMetric, kind="categorical_accuracy"):
    """Part of the examples whose largest output stands where their largest target stands.

    Source: ``keras/src/metrics/accuracy_metrics.py``.

    Example:
        metrics: [categorical_accuracy]
    """

    higher_is_better = True

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_rows(target, output)

    def values(self) -> Call:
        return Call(categorical_accuracy)
