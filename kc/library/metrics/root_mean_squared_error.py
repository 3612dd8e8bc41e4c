"""Root of the mean of squared differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.losses.mean_squared_error import mean_squared_error
from kc.library.metric import MeanMetric, mean_of_sums

if TYPE_CHECKING:
    from jax import Array


class RootMeanSquaredError(MeanMetric, kind="root_mean_squared_error", aka=("rmse",)):
    """``sqrt(mean((output - target)^2))``, the mean over all values of an epoch.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [root_mean_squared_error]
    """

    def values(self) -> Call:
        return Call(mean_squared_error)

    def result(self) -> Call:
        return Call(root_of_mean)


def root_of_mean(*, total: Array, count: Array) -> Array:
    return jnp.sqrt(mean_of_sums(total=total, count=count))
