"""Attention with several heads: the projections of queries, keys, values and the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from kc.core.lazy import jax, jnp
from kc.core.types import Shape, Weight
from kc.library.attending import Attending
from kc.library.constraints import ConstraintField
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class Heads(Attending):
    """Attention in which queries, keys, values and the result are projected."""

    arity: ClassVar[tuple[int, int | None]] = (1, 3)

    use_bias: bool = True
    """Whether each projection adds a trainable bias."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of each kernel."""
    bias_initializer: InitializerField = ZEROS
    """First value of each bias."""
    kernel_regularizer: RegularizerField = None
    """Penalty on each kernel, added to the loss."""
    bias_regularizer: RegularizerField = None
    """Penalty on each bias."""
    kernel_constraint: ConstraintField = None
    """What each kernel is made to fulfil after every update."""
    bias_constraint: ConstraintField = None
    """What each bias is made to fulfil after every update."""

    def projection(self, name: str, kernel: Shape, bias: Shape) -> Mapping[str, Weight]:
        """The weights of one projection."""
        weights = {
            f"{name}_kernel": Weight(
                kernel,
                self.kernel_initializer,
                regularizer=self.kernel_regularizer,
                constraint=self.kernel_constraint,
            )
        }
        if self.use_bias:
            weights[f"{name}_bias"] = Weight(
                bias,
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        return weights


def to_heads(x: Array, kernel: Array, bias: Array | None) -> Array:
    """x (..., features), kernel (features, heads, size) -> (..., heads, size)."""
    y = jnp.tensordot(x, kernel, 1)
    return y if bias is None else y + bias


def from_heads(y: Array, kernel: Array, bias: Array | None) -> Array:
    """y (..., heads, size), kernel (heads, size, features) -> (..., features)."""
    y = jnp.tensordot(y, kernel, 2)
    return y if bias is None else y + bias


def gated(y: Array, query: Array, kernel: Array | None, bias: Array | None) -> Array:
    """The results of the heads times a sigmoid of the queries, where there is a kernel for it."""
    return y if kernel is None else y * jax.nn.sigmoid(to_heads(query, kernel, bias))
