"""Part of the examples that are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.loss import align
from kc.library.metric import MeanMetric, class_numbers, class_rows, value_by_value

if TYPE_CHECKING:
    from jax import Array


class Accuracy(MeanMetric, kind="accuracy", aka=("acc",)):
    """Part of the examples whose prediction is right, by the shapes of output and target.

    One output unit: right when the output is above 1/2 exactly where the target is 1. Several units
    and a target with one axis less, or a last axis of 1: the largest output is the target's class.
    Otherwise the largest output stands where the target's largest value stands. Logs call it
    ``accuracy``, which was ``acc`` in Keras 2.

    Source: ``keras/src/trainers/compile_utils.py``.

    Example:
        metrics: [accuracy]
    """

    higher_is_better = True

    def fit(self, target: TensorType, output: TensorType) -> None:
        if output.rank == 0 or output.shape[-1] == 1:
            value_by_value(target, output)
        elif target.rank < output.rank or target.shape[-1] == 1:
            class_numbers(target, output)
        else:
            class_rows(target, output)

    def values(self) -> Call:
        return Call(accuracy)


def accuracy(target: Array, output: Array) -> Array:
    if output.ndim == 1 or output.shape[-1] == 1:
        return binary_accuracy(target, output)
    if target.ndim < output.ndim or target.shape[-1] == 1:
        return sparse_categorical_accuracy(target, output)
    return categorical_accuracy(target, output)


def binary_accuracy(target: Array, output: Array, *, threshold: float = 0.5) -> Array:
    target, output = align(target, output)
    return jnp.mean((target == (output > threshold)).astype(jnp.float32), axis=-1)


def sparse_categorical_accuracy(target: Array, output: Array) -> Array:
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = target[..., 0]
    return (target == jnp.argmax(output, axis=-1)).astype(jnp.float32)


def categorical_accuracy(target: Array, output: Array) -> Array:
    return (jnp.argmax(target, axis=-1) == jnp.argmax(output, axis=-1)).astype(jnp.float32)
