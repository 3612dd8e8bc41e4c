"""A loss between crossentropy and absolute error, for labels that may be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.core.lazy import jax, jnp
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.labels import check_classes
from kc.library.loss import Loss
from kc.library.losses.categorical_crossentropy import class_axis

if TYPE_CHECKING:
    import numpy as np
    from jax import Array


class CategoricalGeneralizedCrossEntropy(
    Loss, kind="categorical_generalized_cross_entropy", aka=("gce", "generalized_cross_entropy")
):
    """``(1 - p[target]^q) / q``: the target is the number of the class.

    Near q = 0 it is crossentropy, near q = 1 absolute error. A probability of exactly 0 has no
    gradient here; Keras's is NaN.

    Source: ``keras/src/losses/losses.py``; Zhang and Sabuncu 2018, equation 6.

    Example:
        loss: categorical_generalized_cross_entropy
    """

    after = "softmax"
    predicts = "classes"

    q: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """How little wrong labels count."""

    def target(self, output: TensorType) -> TensorType:
        class_axis(-1, output)
        return TensorType(output.shape[:-1], "int32")

    def check(self, target: np.ndarray, output: TensorType) -> None:
        check_classes(target, output.shape[-1])

    def lower(self) -> Call:
        return Call(categorical_generalized_cross_entropy, q=self.q)


def categorical_generalized_cross_entropy(target: Array, output: Array, *, q: float = 0.5) -> Array:
    target = target.astype(jnp.int32)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = target[..., 0]
    p = jnp.sum(jax.nn.one_hot(target, output.shape[-1], dtype=output.dtype) * output, axis=-1)
    power = jnp.where(p > 0, jnp.where(p > 0, p, 1.0) ** q, 0.0)
    return (1.0 - power) / q
