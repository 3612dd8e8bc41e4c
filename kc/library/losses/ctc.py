"""Sequences of labels without an alignment to the output's steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, optax
from kc.core.program import Call
from kc.core.types import ShapeError, TensorType
from kc.library.labels import check_classes
from kc.library.loss import Loss

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class CTC(Loss, kind="ctc", aka=("ctc_loss",)):
    """``-log(p)`` of all ways in which the output's steps can spell the target.

    A step spells a label or the blank, which is class 0; repeated labels count once, blanks not at
    all. The output are logits (time, classes), without softmax. Targets are the numbers of their
    labels, from 1, filled up with 0 to the number of steps.

    Source: ``keras/src/losses/losses.py``; Graves et al. 2006; ``optax.ctc_loss``.

    Example:
        loss: ctc
    """

    @property
    def logits(self) -> bool:
        return True

    def target(self, output: TensorType) -> TensorType:
        if output.rank != 2 or output.shape[1] < 2:
            raise ShapeError(
                f"needs an output (time, classes) with a class for the blank, it is {output}",
                "give each step a unit per label, and one for the blank",
            )
        return TensorType(output.shape[:1], "int32")

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_classes(target, output.shape[-1])

    def lower(self) -> Call:
        return Call(ctc)


def ctc(target: Array, output: Array) -> Array:
    """target (batch, labels), output (batch, time, classes) -> (batch,)."""
    steps, labels = output.shape[1], target.shape[1]
    lengths = jnp.sum(target != 0, axis=1, keepdims=True)
    unused = (jnp.arange(labels) >= lengths).astype(output.dtype)
    used = jnp.zeros((len(output), steps), output.dtype)
    return optax.ctc_loss(output, used, target.astype(jnp.int32), unused)
