"""Mean of a margin between yes and no."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.hinge import hinge
from kc.library.metric import MeanMetric


class HingeMetric(MeanMetric, kind="hinge"):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/hinge_metrics.py``.

    Example:
        metrics: [hinge]
    """

    def values(self) -> Call:
        return Call(hinge)
