"""The angle between target and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class CosineSimilarity(Loss, kind="cosine_similarity", aka=("cosine", "cosine_proximity")):
    """``-sum(target / |target| * output / |output|)`` over an axis: -1 for the same direction.

    Where one of them is 0 the value is 0.

    Source: ``keras/src/losses/losses.py``.

    Example:
        loss: cosine_similarity
    """

    axis: Axis = -1
    """The axis along which values make a vector."""

    def target(self, output: TensorType) -> TensorType:
        if output.rank:
            example_axis(self.axis, output)
        return output

    def lower(self) -> Call:
        return Call(negative_cosine, axis=self.axis)


def negative_cosine(target: Array, output: Array, *, axis: int = -1) -> Array:
    return -cosine(target, output, axis=axis)


def cosine(target: Array, output: Array, *, axis: int = -1) -> Array:
    target, output = align(target, output)
    return jnp.sum(unit_vectors(target, axis) * unit_vectors(output, axis), axis=axis)


def unit_vectors(x: Array, axis: int) -> Array:
    """x divided by its length, or by 1e-7 where that is less."""
    # Bounded before the root, whose gradient at 0 would be infinite.
    return x * lax.rsqrt(jnp.maximum(jnp.sum(x**2, axis=axis, keepdims=True), 1e-14))
