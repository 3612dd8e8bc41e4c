"""Mean of a margin between the right class and the others."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.losses.categorical_hinge import categorical_hinge
from kc.library.metric import MeanMetric, class_rows


class CategoricalHingeMetric(MeanMetric, kind="categorical_hinge"):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/hinge_metrics.py``.

    Example:
        metrics: [categorical_hinge]
    """

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_rows(target, output)

    def values(self) -> Call:
        return Call(categorical_hinge)
