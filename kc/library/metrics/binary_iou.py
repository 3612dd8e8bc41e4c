"""Overlap of yes and of no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.iou import ClassIds, check_ids, count_pairs, mean_overlap
from kc.library.metric import Metric, value_by_value


class BinaryIoU(Metric, kind="binary_iou"):
    """``both / (target or output)`` of the places that say no (0) and yes (1), and their mean.

    An output says yes from the threshold on.

    Source: ``keras/src/metrics/iou_metrics.py``.

    Example:
        metrics: [{binary_iou: {target_class_ids: [1]}}]
    """

    higher_is_better = True

    target_class_ids: ClassIds = (0, 1)
    """Which of no (0) and yes (1) count."""
    threshold: float = 0.5
    """The least output that says yes."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_ids(self.target_class_ids, 2)
        return self

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        value_by_value(target, output)
        return {"pairs": (2, 2)}

    def update(self) -> Call:
        return count_pairs(2, threshold=self.threshold)

    def result(self) -> Call:
        return Call(mean_overlap, class_ids=self.target_class_ids)
