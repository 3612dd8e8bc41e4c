"""Mean of squared differences of logarithms."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.mean_squared_logarithmic_error import mean_squared_logarithmic_error
from kc.library.metric import MeanMetric


class MeanSquaredLogarithmicErrorMetric(
    MeanMetric, kind="mean_squared_logarithmic_error", aka=("msle",)
):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [mean_squared_logarithmic_error]
    """

    def values(self) -> Call:
        return Call(mean_squared_logarithmic_error)
