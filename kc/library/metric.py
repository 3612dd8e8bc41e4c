"""What a metric is: sums over the examples of an epoch, and the value they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.types import Shape

if TYPE_CHECKING:
    from jax import Array


class Metric(Entry, family="metric"):
    """Accumulates over an epoch: a mean of batch means would weigh a short last batch too much."""

    def sums(self) -> Mapping[str, Shape]:
        """Shapes of the float32 accumulators, all zero at the beginning of an epoch."""
        raise NotImplementedError

    def update(self) -> Call:
        """A function of ``(target, output, weights, **sums)`` that returns the sums with a batch
        added. Weights (batch,) are 0 for examples that only pad the batch.
        """  # noqa: D205
        raise NotImplementedError

    def result(self) -> Call:
        """A function of ``(**sums)``: the value."""
        raise NotImplementedError


MetricField = Annotated[Metric, EntryOf("metric")]


class MeanMetric(Metric):
    """A metric that is the mean of a value per example."""

    def values(self) -> Call:
        """A function of ``(target, output)`` with a value per example."""
        raise NotImplementedError

    def sums(self) -> Mapping[str, Shape]:
        return {"total": (), "count": ()}

    def update(self) -> Call:
        return Call(add_values, values=self.values())

    def result(self) -> Call:
        return Call(mean_of_sums)


def add_values(
    target: Array, output: Array, weights: Array, *, total: Array, count: Array, values: Call
) -> dict[str, Array]:
    per_example = values.function(target, output, **values.settings)
    per_example = per_example.reshape(len(weights), -1).mean(axis=1)
    # Selecting, not multiplying: a padded row may hold NaN.
    kept = jnp.where(weights > 0, per_example * weights, 0.0)
    return {"total": total + jnp.sum(kept), "count": count + jnp.sum(weights)}


def mean_of_sums(*, total: Array, count: Array) -> Array:
    return total / jnp.maximum(count, 1.0)
