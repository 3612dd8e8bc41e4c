"""Overlap of target and output in all classes."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.fields import Axis
from kc.library.iou import ClassCount, IgnoredClass, count_pairs, mean_overlap, pair_sums
from kc.library.metric import Metric


class MeanIoU(Metric, kind="mean_iou"):
    """``both / (target or output)`` of places with a class, as a mean over all classes.

    Classes that are nowhere are left out of the mean. Places are counted over an epoch.

    Source: ``keras/src/metrics/iou_metrics.py``.

    Example:
        loss: sparse_categorical_crossentropy
        metrics: [{mean_iou: {num_classes: 3, sparse_y_pred: false}}]
    """

    higher_is_better = True

    num_classes: ClassCount
    """Number of classes."""
    ignore_class: IgnoredClass = None
    """A label whose places do not count, as for unknown ones."""
    sparse_y_true: bool = True
    """Whether targets are numbers of classes; else they have a place for each class."""
    sparse_y_pred: bool = True
    """Whether the output is numbers of classes; else it has a place for each class."""
    axis: Axis = -1
    """The axis of the classes, where there is a place for each."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return pair_sums(
            target,
            output,
            self.num_classes,
            sparse_y_true=self.sparse_y_true,
            sparse_y_pred=self.sparse_y_pred,
            axis=self.axis,
        )

    def update(self) -> Call:
        return count_pairs(
            self.num_classes,
            ignore_class=self.ignore_class,
            sparse_y_true=self.sparse_y_true,
            sparse_y_pred=self.sparse_y_pred,
            axis=self.axis,
        )

    def result(self) -> Call:
        return Call(mean_overlap)
