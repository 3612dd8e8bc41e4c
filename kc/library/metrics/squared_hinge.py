"""Mean of a squared margin between yes and no."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.squared_hinge import squared_hinge
from kc.library.metric import MeanMetric


class SquaredHingeMetric(MeanMetric, kind="squared_hinge"):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/hinge_metrics.py``.

    Example:
        metrics: [squared_hinge]
    """

    def values(self) -> Call:
        return Call(squared_hinge)
