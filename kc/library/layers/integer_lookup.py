"""Numbers of a vocabulary by their place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import OutputMode, encode, encoded_type
from kc.library.fields import LARGEST, PositiveInt
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array

Token = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]


class IntegerLookup(Layer, kind="integer_lookup"):
    """The index of each whole number in a vocabulary.

    The mask token, if there is one, has index 0; then come ``num_oov_indices`` for numbers that are
    not in the vocabulary (the number modulo how many), then the vocabulary. The modes that make
    vectors have no place for the mask token: it leaves no trace. Keras can do without indices for
    unknown numbers, and fails when one comes; a compiled model cannot fail, so there is at least 1.

    Shapes: whole numbers -> int32, the same, or vectors as ``output_mode`` says: ``one_hot`` adds
    an axis (in the place of a last axis of size 1), ``multi_hot`` and ``count`` take the first axis
    together.

    Source: ``keras/src/layers/preprocessing/integer_lookup.py``.

    Example:
        - integer_lookup: {vocabulary: [1, 2, 3], output_mode: one_hot}
    """

    vocabulary: Annotated[tuple[Token, ...], Field(min_length=1)]
    """Numbers that are known, each once."""
    max_tokens: PositiveInt | None = None
    """Largest number of indices, for those of mask and unknown numbers too."""
    num_oov_indices: PositiveInt = 1
    """How many indices numbers outside of the vocabulary share."""
    mask_token: Token | None = None
    """The number that stands for nothing."""
    oov_token: Token = -1
    """What ``invert`` gives for the indices of unknown numbers."""
    invert: bool = False
    """Goes back from indices to numbers."""
    output_mode: OutputMode = "int"
    """The index, or a vector."""
    pad_to_max_tokens: bool = False
    """Whether vectors have ``max_tokens`` places, used or not."""
    oov_method: Literal["floormod"] = "floormod"
    """How unknown numbers share indices."""

    @model_validator(mode="after")
    def _indices_fit(self) -> IntegerLookup:
        if len(set(self.vocabulary)) != len(self.vocabulary):
            raise ValueError("a number stands twice in `vocabulary`")
        if {self.mask_token, self.oov_token} & set(self.vocabulary):
            raise ValueError("`mask_token` and `oov_token` may not stand in `vocabulary`")
        if self.max_tokens is not None and self.max_tokens < self._depth:
            raise ValueError(f"has {self._depth} indices, which is more than `max_tokens`")
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError("`pad_to_max_tokens` needs `max_tokens`")
        if self.invert and self.output_mode != "int":
            raise ValueError("`invert` gives numbers, so it needs `output_mode: int`")
        return self

    @property
    def _has_mask(self) -> bool:
        return self.mask_token is not None and self.output_mode == "int"

    @property
    def _depth(self) -> int:
        return self._has_mask + self.num_oov_indices + len(self.vocabulary)

    def infer(self, x: TensorType, /) -> Inferred:
        if x.dtype not in {"int32", "uint8"}:
            raise ShapeError(
                f"needs whole numbers, the input is {x}",
                "declare the input as `{shape: [...], dtype: int32}`",
            )
        return Inferred(encoded_type(x, self.output_mode, self._vector))

    @property
    def _vector(self) -> int:
        return self.max_tokens or 0 if self.pad_to_max_tokens else self._depth

    def lower(self) -> Call:
        shared = {
            "vocabulary": self.vocabulary,
            "num_oov_indices": self.num_oov_indices,
            "mask_token": self.mask_token,
        }
        if self.invert:
            return Call(integer_of_index, **shared, oov_token=self.oov_token)
        if self.output_mode == "int":
            return Call(integer_lookup, **shared)
        return Call(encoded_lookup, **shared, output_mode=self.output_mode, depth=self._vector)


def integer_lookup(
    x: Array,
    *,
    vocabulary: tuple[int, ...],
    num_oov_indices: int = 1,
    mask_token: int | None = None,
) -> Array:
    x = jnp.asarray(x, jnp.int32)
    known = jnp.array(vocabulary, jnp.int32)
    order = jnp.argsort(known)
    place = jnp.searchsorted(known[order], x)
    place = order[jnp.minimum(place, len(vocabulary) - 1)].astype(jnp.int32)
    index = jnp.where(known[place] == x, num_oov_indices + place, x % num_oov_indices)
    if mask_token is None:
        return index
    return jnp.where(x == mask_token, 0, index + 1)


def encoded_lookup(
    x: Array,
    *,
    vocabulary: tuple[int, ...],
    num_oov_indices: int = 1,
    mask_token: int | None = None,
    output_mode: str,
    depth: int,
) -> Array:
    index = integer_lookup(x, vocabulary=vocabulary, num_oov_indices=num_oov_indices)
    if mask_token is not None:
        # No vector has a place -1.
        index = jnp.where(x == mask_token, -1, index)
    return encode(index, output_mode, depth)


def integer_of_index(
    x: Array,
    *,
    vocabulary: tuple[int, ...],
    num_oov_indices: int = 1,
    mask_token: int | None = None,
    oov_token: int = -1,
) -> Array:
    first = num_oov_indices + (mask_token is not None)
    x = jnp.asarray(x, jnp.int32)
    known = jnp.array(vocabulary, jnp.int32)
    place = jnp.clip(x - first, 0, len(vocabulary) - 1)
    inside = (x >= first) & (x < first + len(vocabulary))
    y = jnp.where(inside, known[place], oov_token)
    return y if mask_token is None else jnp.where(x == 0, mask_token, y)
