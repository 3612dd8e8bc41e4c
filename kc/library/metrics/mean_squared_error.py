"""Mean of squared differences."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.mean_squared_error import mean_squared_error
from kc.library.metric import MeanMetric


class MeanSquaredErrorMetric(MeanMetric, kind="mean_squared_error", aka=("mse",)):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [mean_squared_error]
    """

    def values(self) -> Call:
        return Call(mean_squared_error)
