"""Mean cosine of the angle between target and output."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis
from kc.library.losses.cosine_similarity import cosine
from kc.library.metric import MeanMetric, value_by_value


class CosineSimilarityMetric(
    MeanMetric, kind="cosine_similarity", aka=("cosine", "cosine_proximity")
):
    """``sum(target / |target| * output / |output|)`` over an axis: 1 for the same direction.

    The loss of the same name is the negative of it.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [cosine_similarity]
    """

    higher_is_better = True

    axis: Axis = -1
    """The axis along which values make a vector."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        value_by_value(target, output)
        if output.rank:
            example_axis(self.axis, output)

    def values(self) -> Call:
        return Call(cosine, axis=self.axis)
