"""Metrics of outputs, accumulated over the batches of an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from kc.compiler.lower.bind import Arrays, Weights
from kc.compiler.lower.objective import mask_weights, target_of
from kc.core.lazy import jnp
from kc.core.program import MetricCall, TrainingProgram

if TYPE_CHECKING:
    from jax import Array


def zero_sums(training: TrainingProgram) -> Weights:
    """The sums of all metrics before the first batch."""
    return {m.log_name: {n: jnp.zeros(s) for n, s in m.sums.items()} for m in training.metrics}


def update_metrics(
    training: TrainingProgram,
    sums: Weights,
    outputs: Arrays,
    targets: Arrays,
    valid: Array,
    weights: Mapping[str, Array | None],
) -> Weights:
    """The sums of all metrics with one batch added.

    ``weights`` say by output how much examples count in the metrics that are weighted.
    """
    return {
        metric.log_name: cast(
            "Arrays",
            metric.update.function(
                target_of(metric, targets, outputs),
                outputs[metric.output],
                _counted(metric, outputs, valid, weights),
                **sums[metric.log_name],
                **metric.update.settings,
            ),
        )
        for metric in training.metrics
    }


def _counted(
    metric: MetricCall, outputs: Arrays, valid: Array, weights: Mapping[str, Array | None]
) -> Array:
    own = weights.get(metric.output) if metric.weighted else None
    valid = valid if own is None else valid * own
    return valid if metric.mask is None else mask_weights(valid, outputs[metric.mask])


def metric_results(training: TrainingProgram, sums: Weights) -> dict[str, Array]:
    """The value of each metric."""
    return {
        metric.log_name: cast(
            "Array", metric.result.function(**sums[metric.log_name], **metric.result.settings)
        )
        for metric in training.metrics
    }
