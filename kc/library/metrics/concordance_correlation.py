"""Mean agreement of target and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.fields import Axis
from kc.library.loss import align
from kc.library.metric import MeanMetric
from kc.library.metrics.pearson_correlation import several_values

if TYPE_CHECKING:
    from jax import Array


class ConcordanceCorrelation(MeanMetric, kind="concordance_correlation"):
    """``2 cov(target, output) / (var(target) + var(output) + (difference of means)^2 + 1e-7)``.

    The values along an axis of each example are compared. It is 1 where they are equal, not only
    where one is a linear function of the other.

    Source: ``keras/src/metrics/correlation_metrics.py``; Lin 1989.

    Example:
        metrics: [concordance_correlation]
    """

    higher_is_better = True

    axis: Axis = -1
    """The axis whose values are compared."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        several_values(target, output, self.axis)

    def values(self) -> Call:
        return Call(concordance_correlation, axis=self.axis)


def concordance_correlation(target: Array, output: Array, *, axis: int = -1) -> Array:
    target, output = align(target, output)
    target_mean = jnp.mean(target, axis=axis, keepdims=True)
    output_mean = jnp.mean(output, axis=axis, keepdims=True)
    covariance = jnp.mean((target - target_mean) * (output - output_mean), axis=axis)
    spread = jnp.var(target, axis=axis) + jnp.var(output, axis=axis)
    shift = jnp.squeeze(target_mean - output_mean, axis) ** 2
    return 2.0 * covariance / (spread + shift + 1e-7)
