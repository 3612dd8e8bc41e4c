"""Numbers of categories as vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import check_whole_numbers, encode, encoded_type
from kc.library.fields import PositiveInt
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class CategoryEncoding(Layer, kind="category_encoding"):
    """Whole numbers in 0 <= i < num_tokens as vectors; others leave no trace.

    ``one_hot`` has a vector for each number, ``multi_hot`` one that says which numbers occur,
    ``count`` one that says how often. With ``count``, a second input of the same shape can say how
    much each number counts.

    Shapes: whole numbers (n, ...) -> (..., num_tokens); with ``one_hot`` (n, ..., num_tokens), or
    (..., num_tokens) when the last axis has size 1.

    Source: ``keras/src/layers/preprocessing/category_encoding.py``.

    Example:
        - category_encoding: {num_tokens: 4, output_mode: count}
    """

    arity: ClassVar[tuple[int, int | None]] = (1, 2)

    num_tokens: PositiveInt
    """How many different numbers there are."""
    output_mode: Literal["multi_hot", "one_hot", "count"] = "multi_hot"
    """What a vector says."""

    def infer(self, x: TensorType, weights: TensorType | None = None, /) -> Inferred:
        check_whole_numbers(x)
        if weights is not None:
            if self.output_mode != "count":
                raise ShapeError("takes a second input only with `output_mode: count`")
            if weights.shape != x.shape or not weights.is_float:
                raise ShapeError(f"needs weights like {x.with_dtype('float32')}, not {weights}")
        y = encoded_type(x, self.output_mode, self.num_tokens)
        return Inferred(y, flops=x.size * self.num_tokens)

    def lower(self) -> Call:
        return Call(category_encoding, num_tokens=self.num_tokens, output_mode=self.output_mode)


def category_encoding(
    x: Array, weights: Array | None = None, *, num_tokens: int, output_mode: str = "multi_hot"
) -> Array:
    return encode(x, output_mode, num_tokens, weights)
