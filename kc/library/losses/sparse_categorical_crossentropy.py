"""Crossentropy of classes given as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.fields import LARGEST, Axis
from kc.library.labels import check_classes
from kc.library.loss import Loss
from kc.library.losses.categorical_crossentropy import class_axis, log_probabilities

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class SparseCategoricalCrossentropy(Loss, kind="sparse_categorical_crossentropy", aka=("scce",)):
    """``-log(p[target])``: the target is the number of the class.

    Probabilities are divided by their sum and clipped to [1e-7, 1 - 1e-7]. Values of the class
    ``ignore_class`` are zero and do not count in the mean.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: sparse_categorical_crossentropy
    """

    after = "softmax"
    predicts = "classes"

    from_logits: bool = False
    """Whether the output goes without softmax: the loss then applies it, more accurately."""
    ignore_class: Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | None = None
    """A label that does not count, as for padding."""
    axis: Axis = -1
    """The axis of the classes."""

    @property
    def takes_shares(self) -> bool:
        return self.ignore_class is None

    def target(self, output: TensorType) -> TensorType:
        axis = class_axis(self.axis, output)
        return TensorType(output.shape[:axis] + output.shape[axis + 1 :], "int32")

    def check(self, target: np.ndarray, output: TensorType) -> None:
        classes = output.shape[class_axis(self.axis, output)]
        check_classes(target, classes, self.ignore_class)

    def lower(self) -> Call:
        return Call(
            sparse_categorical_crossentropy,
            from_logits=self.from_logits,
            ignore_class=self.ignore_class,
            axis=self.axis,
        )


def sparse_categorical_crossentropy(
    target: Array,
    output: Array,
    *,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Array | tuple[Array, Array]:
    """Values per example; with ``ignore_class`` also 1 for each value that counts, else 0.

    A target of the output's shape holds the share of each class, as mixed examples have it.
    """
    log_p = log_probabilities(output, from_logits, axis)
    if target.shape == output.shape:
        return -jnp.sum(target.astype(output.dtype) * log_p, axis=axis)
    target = target.astype(jnp.int32)
    if target.ndim == output.ndim and target.shape[axis] == 1:
        target = jnp.squeeze(target, axis)
    one_hot = jax.nn.one_hot(target, output.shape[axis], axis=axis, dtype=output.dtype)
    values = -jnp.sum(one_hot * log_p, axis=axis)
    if ignore_class is None:
        return values
    counted = target != ignore_class
    return jnp.where(counted, values, 0.0), counted.astype(output.dtype)
