"""Part of the targets' variance that the output explains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Shape, ShapeError, TensorType
from kc.library.confusion import ratio
from kc.library.fields import NonNegativeInt
from kc.library.loss import align
from kc.library.metric import Metric, value_by_value

if TYPE_CHECKING:
    from jax import Array


class R2Score(Metric, kind="r2_score", aka=("r2", "r_squared")):
    """``1 - sum((target - output)^2) / sum((target - mean(target))^2)`` over an epoch.

    Each place of the output has a score of its own, 0 where its targets are all the same. Keras can
    also give them one by one, but a log is one number.

    The deviations are summed around the mean so far (Chan et al. 1979): Keras takes the difference
    of two sums of squares, which float32 has no digits for where the mean is large.

    Source: ``keras/src/metrics/regression_metrics.py``.

    Example:
        metrics: [r2_score]
    """

    higher_is_better = True

    class_aggregation: Literal["uniform_average", "variance_weighted_average"] = "uniform_average"
    """Whether all places of the output weigh the same, or by the variance of their targets."""
    num_regressors: NonNegativeInt = 0
    """Number of inputs for the adjusted score; 0 for the plain one. As in Keras the size of the
    sample is the number of targets, all places of the output counted."""

    def sums(self, target: TensorType, output: TensorType) -> Mapping[str, Shape]:
        value_by_value(target, output)
        if output.rank > 1:
            raise ShapeError(f"takes one axis of outputs, the output is {output}", "put `flatten`")
        places = output.shape or (1,)
        return {"count": (), "mean": places, "spread": places, "residual": places}

    def update(self) -> Call:
        return Call(add_deviations)

    def result(self) -> Call:
        return Call(
            r2_score,
            class_aggregation=self.class_aggregation,
            num_regressors=self.num_regressors,
        )


def add_deviations(
    target: Array,
    output: Array,
    weights: Array,
    *,
    count: Array,
    mean: Array,
    spread: Array,
    residual: Array,
) -> dict[str, Array]:
    """Number of examples, and by place of the output mean, deviations and errors, squared."""
    target, output = align(target, output)
    weights = weights[:, None]
    # Selecting, not multiplying: a padded row may hold NaN.
    error = jnp.where(weights > 0, (target - output) ** 2, 0.0)
    target = jnp.where(weights > 0, target, 0.0)
    added = jnp.sum(weights)
    batch_mean = ratio(jnp.sum(weights * target, axis=0), added)
    batch_spread = jnp.sum(weights * (target - batch_mean) ** 2, axis=0)
    shift, part = batch_mean - mean, ratio(added, count + added)
    return {
        "count": count + added,
        "mean": mean + shift * part,
        "spread": spread + batch_spread + shift**2 * count * part,
        "residual": residual + jnp.sum(weights * error, axis=0),
    }


def r2_score(
    *,
    count: Array,
    mean: Array,
    spread: Array,
    residual: Array,
    class_aggregation: str = "uniform_average",
    num_regressors: int = 0,
) -> Array:
    scores = jnp.where(spread > 0, 1.0 - ratio(residual, spread), 0.0)
    if class_aggregation == "uniform_average":
        score = jnp.mean(scores)
    else:
        score = ratio(jnp.sum(spread * scores), jnp.sum(spread))
    if num_regressors == 0:
        return score
    targets = count * len(mean)
    left = targets - num_regressors - 1.0
    # With no more targets than inputs there is nothing to adjust.
    return jnp.where(left > 0, 1.0 - ratio((1.0 - score) * (targets - 1.0), left), score)
