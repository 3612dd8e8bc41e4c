"""Numbers of a vocabulary by their place in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from kc.core.lazy import jnp
from kc.core.program import Call, setting
from kc.core.types import Inferred, TensorType
from kc.library.encoding import check_whole_numbers, encode
from kc.library.fields import LARGEST, Salt
from kc.library.number_hashes import farmhash_of_numbers, siphash_of_numbers
from kc.library.vocabulary import Lookup

if TYPE_CHECKING:
    from jax import Array

Number = Annotated[int, Field(ge=-LARGEST - 1, le=LARGEST)]


class IntegerLookup(Lookup[Number], kind="integer_lookup"):
    """The index of each whole number in a vocabulary.

    The mask token, if there is one, has index 0; then come ``num_oov_indices`` for numbers that are
    not in the vocabulary (the number modulo how many, or its hash), then the vocabulary. The modes
    that make vectors have no place for the mask token: it leaves no trace. Keras can do without
    indices for unknown numbers, and fails when one comes; a compiled model cannot fail, so there is
    at least 1. Keras can read a vocabulary from a file; a spec says by itself what the model is, so
    it holds the vocabulary, or training finds it. All else was compared with Keras 3.15 on
    TensorFlow, as recorded in ``tests/library/text``.

    Shapes: whole numbers -> int32, the same, or vectors as ``output_mode`` says: ``one_hot`` adds
    an axis (in the place of a last axis of size 1), ``multi_hot``, ``count`` and ``tf_idf`` take
    the first axis together.

    Source: ``keras/src/layers/preprocessing/integer_lookup.py``.

    Example:
        - integer_lookup: {vocabulary: [1, 2, 3], output_mode: one_hot}
    """

    mask_token: Number | None = None
    """The number that stands for nothing."""
    oov_token: Number = -1
    """What ``invert`` gives for the indices of unknown numbers."""
    oov_method: Literal["floormod", "farmhash"] = "floormod"
    """How unknown numbers share indices: by the number itself, or by its hash."""
    salt: Salt | None = None
    """Makes the hash SipHash, with these two numbers as its key."""

    @model_validator(mode="after")
    def _salted_hash(self) -> Self:
        if self.salt is not None and self.oov_method != "farmhash":
            raise ValueError("`salt` is for `oov_method: farmhash`")
        return self

    @property
    def mask(self) -> int | None:
        return self.mask_token

    @property
    def unknown(self) -> int:
        return self.oov_token

    def infer(self, x: TensorType, /) -> Inferred:
        check_whole_numbers(x)
        return self.typed(x)

    def lower(self) -> Sequence[Call]:
        if self.invert:
            return (self.lookup(integer_of_index, oov_token=self.oov_token),)
        hashed = self.oov_method == "farmhash" and self.num_oov_indices > 1
        hash_bins = setting(self._hash) if hashed else None
        return (self.lookup(integer_lookup, hash_bins=hash_bins), *self.as_vectors(encode))

    @property
    def _hash(self) -> Call:
        return (
            Call(farmhash_of_numbers)
            if self.salt is None
            else Call(siphash_of_numbers, key=self.salt)
        )


def integer_lookup(
    x: Array,
    *,
    vocabulary: tuple[int, ...],
    num_oov_indices: int = 1,
    mask_token: int | None = None,
    hash_bins: Callable[..., Array] | None = None,
) -> Array:
    x = jnp.asarray(x, jnp.int32)
    known = jnp.array(vocabulary, jnp.int32)
    order = jnp.argsort(known)
    place = jnp.searchsorted(known[order], x)
    place = order[jnp.minimum(place, len(vocabulary) - 1)].astype(jnp.int32)
    unknown = x % num_oov_indices if hash_bins is None else hash_bins(x, bins=num_oov_indices)
    index = jnp.where(known[place] == x, num_oov_indices + place, unknown)
    return index if mask_token is None else jnp.where(x == mask_token, 0, index + 1)


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
