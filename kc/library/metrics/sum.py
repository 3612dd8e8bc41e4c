"""Sum of the output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Shape, TensorType
from kc.library.metric import Metric

if TYPE_CHECKING:
    from jax import Array


class Sum(Metric, kind="sum"):
    """The sum of all output values of an epoch, whatever the targets are.

    Source: ``keras/src/metrics/reduction_metrics.py``.

    Example:
        metrics: [sum]
    """

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        return {"total": ()}

    def update(self) -> Call:
        return Call(add_output)

    def result(self) -> Call:
        return Call(the_total)


def add_output(target: Array, output: Array, weights: Array, *, total: Array) -> dict[str, Array]:
    per_example = output.reshape(*weights.shape, -1).sum(axis=-1)
    # Selecting, not multiplying: a padded row may hold NaN.
    return {"total": total + jnp.sum(jnp.where(weights > 0, per_example * weights, 0.0))}


def the_total(*, total: Array) -> Array:
    return total
