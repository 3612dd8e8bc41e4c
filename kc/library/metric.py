"""What a metric is: sums over the examples of an epoch, and the value they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.types import Shape, ShapeError, TensorType

if TYPE_CHECKING:
    from jax import Array


class Metric(Entry, family="metric"):
    """Accumulates over an epoch: a mean of batch means would weigh a short last batch too much."""

    higher_is_better: ClassVar[bool] = False
    """Whether callbacks that watch it look for its largest value."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        """Shapes of the float32 accumulators, all zero at the beginning of an epoch.

        Raises:
            ShapeError: when the metric cannot take such targets and outputs.
        """
        raise NotImplementedError

    def update(self) -> Call:
        """A function of ``(target, output, weights, **sums)`` that returns the sums with a batch
        added. Weights (batch,) are 0 for examples that only pad the batch; where the output is
        masked they have the shape of its mask, (batch, time).
        """  # noqa: D205
        raise NotImplementedError

    def result(self) -> Call:
        """A function of ``(**sums)``: the value."""
        raise NotImplementedError


MetricField = Annotated[Metric, EntryOf("metric")]


class MeanMetric(Metric):
    """A metric that is the mean of a value per example."""

    def values(self) -> Call:
        """A function of ``(target, output)`` with a value per example, as a loss has it."""
        raise NotImplementedError

    def fit(self, target: TensorType, output: TensorType) -> None:
        """Refuse targets and outputs of the wrong types: by default, of different shapes.

        Raises:
            ShapeError: when the metric cannot take them.
        """
        value_by_value(target, output)

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        self.fit(target, output)
        return {"total": (), "count": ()}

    def update(self) -> Call:
        return Call(add_values, values=self.values())

    def result(self) -> Call:
        return Call(mean_of_sums)


def add_values(
    target: Array, output: Array, weights: Array, *, total: Array, count: Array, values: Call
) -> dict[str, Array]:
    found = values.function(target, output, **values.settings)
    found, counts = found if isinstance(found, tuple) else (found, jnp.ones_like(found))
    per_example = found.reshape(*weights.shape, -1).mean(axis=-1)
    counted = counts.reshape(*weights.shape, -1).mean(axis=-1)
    # Selecting, not multiplying: a padded row may hold NaN.
    kept = jnp.where(weights > 0, per_example * weights, 0.0)
    return {"total": total + jnp.sum(kept), "count": count + jnp.sum(counted * weights)}


def mean_of_sums(*, total: Array, count: Array) -> Array:
    return total / jnp.where(count > 0, count, 1.0)


def value_by_value(target: TensorType, output: TensorType) -> None:
    """Make sure that each value of the output has a target; a last axis of 1 may be missing.

    Raises:
        ShapeError: when one has more values than the other.
    """
    shapes = {target.shape, (*target.shape, 1)}
    if output.shape in shapes or (*output.shape, 1) == target.shape:
        return
    help = None
    if target.shape == output.shape[:-1]:
        help = "these targets are numbers of classes: use `accuracy`, or a metric of that kind"
    raise ShapeError(
        f"takes a target for each value, but the targets are {target} and the output is {output}",
        help,
    )


def class_rows(target: TensorType, output: TensorType) -> None:
    """Make sure that targets are rows of classes, as the output is.

    Raises:
        ShapeError: when they are not.
    """
    if output.rank and target.shape == output.shape:
        return
    raise ShapeError(
        f"takes targets with a place for each class, as one-hot rows have, but the targets are "
        f"{target} and the output is {output}",
        "for numbers of classes use the metric of this name that begins with `sparse_`",
    )


def class_numbers(target: TensorType, output: TensorType, axis: int = -1) -> None:
    """Make sure that targets are the numbers of classes along an axis of the output.

    Raises:
        ShapeError: when they are not.
    """
    places = list(output.shape)
    if places:
        del places[axis]
        if list(target.shape) in (places, [*places, 1]):
            return
    raise ShapeError(
        f"takes numbers of classes as targets, but the targets are {target} and the output is "
        f"{output}",
        "for one-hot rows use the metric of this name without `sparse_`",
    )
