"""Mean correlation of target and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.confusion import ratio
from kc.library.fields import Axis
from kc.library.loss import align
from kc.library.metric import MeanMetric, value_by_value

if TYPE_CHECKING:
    from jax import Array


class PearsonCorrelation(MeanMetric, kind="pearson_correlation", aka=("correlation",)):
    """``cov(target, output) / (std(target) * std(output))`` along an axis of each example.

    A row without deviation has no correlation and counts as 0; in Keras it makes the value of the
    whole epoch NaN.

    Source: ``keras/src/metrics/correlation_metrics.py``.

    Example:
        metrics: [pearson_correlation]
    """

    higher_is_better = True

    axis: Axis = -1
    """The axis whose values are compared."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        several_values(target, output, self.axis)

    def values(self) -> Call:
        return Call(pearson_correlation, axis=self.axis)


def several_values(target: TensorType, output: TensorType, axis: int) -> None:
    """Make sure that an axis has values to compare.

    Raises:
        ShapeError: when it has less than two.
    """
    value_by_value(target, output)
    if output.rank == 0 or output.shape[example_axis(axis, output)] < 2:
        raise ShapeError(
            f"compares the values of an example, of which {output} has one",
            "use `r2_score`, which compares over all examples",
        )


def pearson_correlation(target: Array, output: Array, *, axis: int = -1) -> Array:
    target, output = align(target, output)
    target = target - jnp.mean(target, axis=axis, keepdims=True)
    output = output - jnp.mean(output, axis=axis, keepdims=True)
    scale = jnp.sqrt(jnp.mean(target**2, axis=axis)) * jnp.sqrt(jnp.mean(output**2, axis=axis))
    return ratio(jnp.mean(target * output, axis=axis), scale)
