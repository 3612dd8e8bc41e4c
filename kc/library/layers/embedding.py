"""A vector for each integer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.fields import PositiveInt
from kc.library.initializers import InitializerField, RandomUniform
from kc.library.layer import Layer

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

    def infer(self, x: TensorType, /) -> Inferred:
        if x.is_float:
            raise ShapeError(
                f"needs whole numbers, the input is {x}",
                "declare the input as `{shape: [...], dtype: int32}`",
            )
        weight = Weight((self.input_dim, self.output_dim), self.embeddings_initializer)
        y = TensorType((*x.shape, self.output_dim))
        return Inferred(y, {"embeddings": weight})

    def lower(self) -> Call:
        return Call(embedding)


def embedding(x: Array, embeddings: Array) -> Array:
    return jnp.take(embeddings, x, axis=0)
