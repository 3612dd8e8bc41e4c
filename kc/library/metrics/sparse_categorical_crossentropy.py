"""Mean crossentropy of classes given as numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.fields import LARGEST, Axis
from kc.library.losses.categorical_crossentropy import class_axis
from kc.library.losses.sparse_categorical_crossentropy import sparse_categorical_crossentropy
from kc.library.metric import MeanMetric, class_numbers


class SparseCategoricalCrossentropyMetric(
    MeanMetric, kind="sparse_categorical_crossentropy", aka=("scce",)
):
    """The loss of the same name, as a mean over the examples of an epoch.

    Values of the class ``ignore_class`` do not count in the mean, as in the loss. In Keras's metric
    they count as zeros, so that it would be the smaller the more a batch is padded.

    Source: ``keras/src/metrics/probabilistic_metrics.py``.

    Example:
        loss: sparse_categorical_crossentropy
        metrics: [sparse_categorical_crossentropy]
    """

    from_logits: bool = False
    """Whether the output goes without softmax: the metric then applies it."""
    ignore_class: Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | None = None
    """A label that does not count, as for padding."""
    axis: Axis = -1
    """The axis of the classes."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_numbers(target, output, class_axis(self.axis, output))

    def values(self) -> Call:
        return Call(
            sparse_categorical_crossentropy,
            from_logits=self.from_logits,
            ignore_class=self.ignore_class,
            axis=self.axis,
        )
