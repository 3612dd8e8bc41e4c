"""Mean of the logarithm of the hyperbolic cosine of differences."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.log_cosh import log_cosh
from kc.library.metric import MeanMetric


class LogCoshMetric(MeanMetric, kind="log_cosh", aka=("logcosh", "log_cosh_error")):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [log_cosh]
    """

    def values(self) -> Call:
        return Call(log_cosh)
