"""Part of the examples whose class, given as a number, is among the first ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.fields import PositiveInt
from kc.library.metric import MeanMetric, class_numbers

if TYPE_CHECKING:
    from jax import Array


class SparseTopKCategoricalAccuracy(MeanMetric, kind="sparse_top_k_categorical_accuracy"):
    """Part of the examples with fewer than ``k`` outputs above that of the target's class.

    Source: ``keras/src/metrics/accuracy_metrics.py``.

    Example:
        loss: sparse_categorical_crossentropy
        metrics: [{sparse_top_k_categorical_accuracy: 2}]
    """

    higher_is_better = True

    k: PositiveInt = 5
    """How many of the largest outputs count as an answer."""
    from_sorted_ids: bool = False
    """Whether the output already holds numbers of classes, the best one first."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_numbers(target, output)

    def values(self) -> Call:
        return Call(
            sparse_top_k_categorical_accuracy, k=self.k, from_sorted_ids=self.from_sorted_ids
        )


def sparse_top_k_categorical_accuracy(
    target: Array, output: Array, *, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    if target.ndim == output.ndim:
        target = target[..., 0]
    if from_sorted_ids:
        return jnp.any(target[..., None] == output[..., :k], axis=-1).astype(jnp.float32)
    return in_top(target.astype(jnp.int32), output, k)


def in_top(classes: Array, output: Array, k: int) -> Array:
    """1 where fewer than k outputs are above that of the class, else 0."""
    at_class = jnp.take_along_axis(output, classes[..., None], axis=-1)
    return (jnp.sum(output > at_class, axis=-1) < k).astype(jnp.float32)
