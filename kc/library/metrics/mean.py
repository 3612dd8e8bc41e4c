"""Mean of the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.metric import MeanMetric

if TYPE_CHECKING:
    from jax import Array


class Mean(MeanMetric, kind="mean"):
    """The mean of all output values of an epoch, whatever the targets are.

    Keras's metric takes no targets either: there it is for values that a training loop of your own
    hands over.

    Source: ``keras/src/metrics/reduction_metrics.py``.

    Example:
        metrics: [mean]
    """

    def fit(self, target: TensorType, output: TensorType) -> None:
        """Take any."""

    def values(self) -> Call:
        return Call(output_values)


def output_values(target: Array, output: Array) -> Array:
    return output
