"""Mean crossentropy of classes given as one-hot rows."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.fields import Axis, Fraction
from kc.library.losses.categorical_crossentropy import categorical_crossentropy, class_axis
from kc.library.metric import MeanMetric, class_rows


class CategoricalCrossentropyMetric(
    MeanMetric, kind="categorical_crossentropy", aka=("cce", "ce", "crossentropy")
):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/probabilistic_metrics.py``.

    Example:
        metrics: [categorical_crossentropy]
    """

    from_logits: bool = False
    """Whether the output goes without softmax: the metric then applies it."""
    label_smoothing: Fraction = 0.0
    """How far targets move towards equal probabilities."""
    axis: Axis = -1
    """The axis of the classes."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_axis(self.axis, output)
        class_rows(target, output)

    def values(self) -> Call:
        return Call(
            categorical_crossentropy,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing or None,
            axis=self.axis,
        )
