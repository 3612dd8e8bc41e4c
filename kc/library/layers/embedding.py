"""A vector for each integer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.constraints import ConstraintField
from kc.library.fields import PositiveInt
from kc.library.initializers import InitializerField, RandomUniform
from kc.library.layer import Layer, MadeMask, Mask
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class Embedding(Layer, kind="embedding"):
    """A trainable vector for each of a number of integers.

    Shapes: int32 (...) -> (..., output_dim). Inputs lie in 0 <= i < input_dim; like JAX and Keras,
    an index beyond gives NaN.

    Source: ``keras/src/layers/core/embedding.py``.

    Example:
        - embedding: {input_dim: 1000, output_dim: 64}
    """

    input_dim: PositiveInt
    """Number of different integers: the largest one plus 1."""
    output_dim: PositiveInt
    """Size of the vectors."""
    embeddings_initializer: InitializerField = RandomUniform.default()
    """First value of the vectors."""
    embeddings_regularizer: RegularizerField = None
    """Penalty on the vectors, of all integers, added to the loss."""
    embeddings_constraint: ConstraintField = None
    """What the vectors are made to fulfil after every update."""
    mask_zero: bool = False
    """Whether 0 stands for padding: the output then has a mask, and layers behind skip those steps.
    Real integers begin at 1, so ``input_dim`` is the largest one plus 1 all the same.
    """

    def infer(self, x: TensorType, /) -> Inferred:
        if x.is_float:
            raise ShapeError(
                f"needs whole numbers, the input is {x}",
                "declare the input as `{shape: [...], dtype: int32}`",
            )
        weight = Weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        y = TensorType((*x.shape, self.output_dim))
        return Inferred(y, {"embeddings": weight})

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        return MadeMask(Call(not_zero), inputs[0].shape) if self.mask_zero else None

    def lower(self) -> Call:
        return Call(embedding)


def embedding(x: Array, embeddings: Array) -> Array:
    return jnp.take(embeddings, x, axis=0)


def not_zero(x: Array) -> Array:
    return x != 0
