"""How many of the positives are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.confusion import OneThreshold, at_one, count_sums, ratio
from kc.library.fields import NonNegativeInt, PositiveInt
from kc.library.metric import Metric

if TYPE_CHECKING:
    from jax import Array


class Recall(Metric, kind="recall"):
    """``tp / (tp + fn)``: the part of positives that are found; 0 where there are none.

    An output above the threshold says yes. Targets are yes where they are not 0.

    Source: ``keras/src/metrics/confusion_metrics.py``.

    Example:
        metrics: [{recall: {thresholds: 0.4, class_id: 1}}]
    """

    higher_is_better = True

    thresholds: OneThreshold | None = None
    """The threshold; one half by default, and with ``top_k`` none."""
    top_k: PositiveInt | None = None
    """How many of the largest outputs of an example may say yes; all by default."""
    class_id: NonNegativeInt | None = None
    """The one class that is looked at; all by default."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        names = ("true_positives", "false_negatives")
        return count_sums(target, output, names, top_k=self.top_k, class_id=self.class_id)

    def update(self) -> Call:
        return at_one(self.thresholds, self.top_k, self.class_id)

    def result(self) -> Call:
        return Call(recall)


def recall(*, true_positives: Array, false_negatives: Array) -> Array:
    return ratio(true_positives, true_positives + false_negatives)[0]
