"""Mean of the loss of counts."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.poisson import poisson
from kc.library.metric import MeanMetric


class PoissonMetric(MeanMetric, kind="poisson"):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/probabilistic_metrics.py``.

    Example:
        metrics: [poisson]
    """

    def values(self) -> Call:
        return Call(poisson)
