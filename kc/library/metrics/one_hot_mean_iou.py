"""Overlap in all classes, for targets given as one-hot rows."""

from __future__ import annotations

from collections.abc import Mapping

from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.fields import Axis
from kc.library.iou import ClassCount, IgnoredClass, count_pairs, mean_overlap, pair_sums
from kc.library.metric import Metric


class OneHotMeanIoU(Metric, kind="one_hot_mean_iou"):
    """``mean_iou`` for targets with a place for each class.

    Source: ``keras/src/metrics/iou_metrics.py``.

    Example:
        metrics: [{one_hot_mean_iou: 3}]
    """

    higher_is_better = True

    num_classes: ClassCount
    """Number of classes."""
    ignore_class: IgnoredClass = None
    """A label whose places do not count, as for unknown ones."""
    sparse_y_pred: bool = False
    """Whether the output is numbers of classes; else it has a place for each class."""
    axis: Axis = -1
    """The axis of the classes, where there is a place for each."""

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
        return Call(mean_overlap)
