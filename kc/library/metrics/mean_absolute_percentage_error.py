"""Mean of absolute differences in percent of the target."""

from __future__ import annotations

from kc.core.program import Call
from kc.library.losses.mean_absolute_percentage_error import mean_absolute_percentage_error
from kc.library.metric import MeanMetric


class MeanAbsolutePercentageErrorMetric(
    MeanMetric, kind="mean_absolute_percentage_error", aka=("mape",)
):
    """The loss of the same name, as a mean over the examples of an epoch.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [mean_absolute_percentage_error]
    """

    def values(self) -> Call:
        return Call(mean_absolute_percentage_error)
