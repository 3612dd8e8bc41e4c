"""Overlap in some classes, for targets given as one-hot rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.fields import Axis
from kc.library.iou import (
    ClassCount,
    ClassIds,
    IgnoredClass,
    check_ids,
    count_pairs,
    mean_overlap,
    pair_sums,
)
from kc.library.metric import Metric


class OneHotIoU(Metric, kind="one_hot_iou"):
    """``iou`` for targets with a place for each class.

    Source: ``keras/src/metrics/iou_metrics.py``.

    Example:
        metrics: [{one_hot_iou: {num_classes: 3, target_class_ids: [0]}}]
    """

    higher_is_better = True

    num_classes: ClassCount
    """Number of classes."""
    target_class_ids: ClassIds
    """The classes that count."""
    ignore_class: IgnoredClass = None
    """A label whose places do not count, as for unknown ones."""
    sparse_y_pred: bool = False
    """Whether the output is numbers of classes; else it has a place for each class."""
    axis: Axis = -1
    """The axis of the classes, where there is a place for each."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_ids(self.target_class_ids, self.num_classes)
        return self

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return pair_sums(
            target,
            output,
            self.num_classes,
            sparse_y_true=False,
            sparse_y_pred=self.sparse_y_pred,
            axis=self.axis,
        )

    def update(self) -> Call:
        return count_pairs(
            self.num_classes,
            ignore_class=self.ignore_class,
            sparse_y_true=False,
            sparse_y_pred=self.sparse_y_pred,
            axis=self.axis,
        )

    def result(self) -> Call:
        return Call(mean_overlap, class_ids=self.target_class_ids)
