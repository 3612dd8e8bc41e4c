"""Part of the examples whose class, given as a number, is found."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.metric import MeanMetric, class_numbers
from kc.library.metrics.accuracy import sparse_categorical_accuracy


class SparseCategoricalAccuracy(MeanMetric, kind="sparse_categorical_accuracy"):
    """Part of the examples whose largest output is that of the target's class.

    Source: ``keras/src/metrics/accuracy_metrics.py``.

    Example:
        loss: sparse_categorical_crossentropy
        metrics: [sparse_categorical_accuracy]
    """

    higher_is_better = True

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_numbers(target, output)

    def values(self) -> Call:
        return Call(sparse_categorical_accuracy)
