"""Part of the examples whose class, given as a one-hot row, is among the first ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.fields import PositiveInt
from kc.library.metric import MeanMetric, class_rows
from kc.library.metrics.sparse_top_k_categorical_accuracy import in_top

if TYPE_CHECKING:
    from jax import Array


class TopKCategoricalAccuracy(
    MeanMetric, kind="top_k_categorical_accuracy", aka=("top_k_accuracy", "top_5_accuracy")
):
    """Part of the examples with fewer than ``k`` outputs above that of their largest target.

    Source: ``keras/src/metrics/accuracy_metrics.py``.

    Example:
        metrics: [{top_k_categorical_accuracy: 2}]
    """

    higher_is_better = True

    k: PositiveInt = 5
    """How many of the largest outputs count as an answer."""

    def fit(self, target: TensorType, output: TensorType) -> None:
        class_rows(target, output)

    def values(self) -> Call:
        return Call(top_k_categorical_accuracy, k=self.k)


def top_k_categorical_accuracy(target: Array, output: Array, *, k: int = 5) -> Array:
    return in_top(jnp.argmax(target, axis=-1), output, k)
