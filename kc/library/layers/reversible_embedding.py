"""A vector for each integer, and a score of each integer for a vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.fields import PositiveFloat
from kc.library.layer import MadeMask, Mask
from kc.library.layers.embedding import Embedding

if TYPE_CHECKING:
    from jax import Array


class ReversibleEmbedding(Embedding, kind="reversible_embedding"):
    """Integers to vectors, and vectors to scores of all integers (Press and Wolf 2017).

    Whole numbers are looked up; floats are multiplied with the transposed vectors. Put it in
    ``model.shared`` and use it twice, at both ends of a language model. Keras's call says
    ``reverse``; here the type of the input says which way it goes.

    Shapes: int32 (...) -> (..., output_dim), and float32 (..., output_dim) -> (..., input_dim).

    Source: ``keras/src/layers/core/reversible_embedding.py``.

    Example:
        - reversible_embedding: {input_dim: 1000, output_dim: 64}
    """

    masking = "pass"

    tie_weights: bool = True
    """Whether the way back has the same vectors; else it has a kernel of its own."""
    logit_soft_cap: PositiveFloat | None = None
    """Bound of the scores, which are made ``cap * tanh(scores / cap)``; none by default."""

    def infer(self, x: TensorType, /) -> Inferred:
        forward = super().infer(x.with_dtype("int32"))
        weights = dict(forward.weights)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            weights["reverse_embeddings"] = Weight(shape, self.embeddings_initializer)
        if not x.is_float:
            return Inferred(forward.output, weights)
        if x.axis(-1) != self.output_dim:
            raise ShapeError(
                f"needs vectors of {self.output_dim} to score integers, the input is {x}",
                f"put `dense: {self.output_dim}` before it",
            )
        y = x.with_axis(-1, self.input_dim)
        return Inferred(y, weights, flops=2 * x.size * self.input_dim)

    def output_mask(
        self, masks: Sequence[Mask | None], inputs: Sequence[TensorType]
    ) -> Mask | MadeMask | None:
        return masks[0] if inputs[0].is_float else super().output_mask(masks, inputs)

    def lower(self) -> Call:
        return Call(reversible_embedding, logit_soft_cap=self.logit_soft_cap)


def reversible_embedding(
    x: Array,
    embeddings: Array,
    reverse_embeddings: Array | None = None,
    *,
    logit_soft_cap: float | None = None,
) -> Array:
    """x of integers (...) or of vectors (..., size), embeddings (integers, size)."""
    if not jnp.issubdtype(x.dtype, jnp.floating):
        return jnp.take(embeddings, x, axis=0)
    y = jnp.matmul(x, embeddings.T if reverse_embeddings is None else reverse_embeddings)
    return y if logit_soft_cap is None else logit_soft_cap * jnp.tanh(y / logit_soft_cap)
