"""A trainable vector for each step of a sequence, added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.constraints import ConstraintField
from kc.library.fields import PositiveInt
from kc.library.initializers import GlorotUniform, InitializerField
from kc.library.layer import Layer, Masking
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class PositionEmbedding(Layer, kind="position_embedding"):
    """``x + embeddings[:time]``: each step learns a vector of its own (Gehring et al. 2017).

    KerasHub's layer of this name gives the vectors alone, which are then added.

    Shapes: (time, features) -> the same. The sequence may be shorter than ``sequence_length``.

    Source: Radford et al. 2018, section 3.1.

    Example:
        - position_embedding: 12
    """

    masking: ClassVar[Masking] = "pass"

    sequence_length: PositiveInt
    """Steps that have a vector: the longest sequence."""
    embeddings_initializer: InitializerField = GlorotUniform.default()
    """First value of the vectors."""
    embeddings_regularizer: RegularizerField = None
    """Penalty on the vectors, added to the loss."""
    embeddings_constraint: ConstraintField = None
    """What the vectors are made to fulfil after every update."""

    def infer(self, x: TensorType, /) -> Inferred:
        if x.rank != 2 or not x.is_float:
            raise ShapeError(f"needs float32[batch, time, features], the input is {x}")
        steps = x.shape[0]
        if isinstance(steps, int) and steps > self.sequence_length:
            raise ShapeError(
                f"has vectors for {self.sequence_length} steps, the input has {steps}",
                f"set `sequence_length: {steps}`",
            )
        weight = Weight(
            (self.sequence_length, x.shape[1]),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        return Inferred(x, {"embeddings": weight}, flops=x.size)

    def lower(self) -> Call:
        return Call(position_embedding)


def position_embedding(x: Array, embeddings: Array) -> Array:
    return x + embeddings[: x.shape[1]]
