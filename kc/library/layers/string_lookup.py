"""Words of a vocabulary by their place in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from kc.core.lazy import np
from kc.core.program import Call, setting
from kc.core.types import Inferred, TensorType
from kc.library.encoding import check_text, check_whole_numbers, encode_on_host
from kc.library.fields import Salt
from kc.library.text_hashes import farmhash_of_text, siphash_of_text
from kc.library.vocabulary import Lookup


class StringLookup(Lookup[str], kind="string_lookup"):
    """The index of each text in a vocabulary; nothing is split or changed.

    The mask token, if there is one, has index 0; then come ``num_oov_indices`` for texts that are
    not in the vocabulary (by their hash), then the vocabulary. The modes that make vectors have no
    place for the mask token: it leaves no trace. As in ``integer_lookup``, there is at least one
    index for unknown texts, and the vocabulary is no file. Runs on the host, in NumPy; compared
    with Keras 3.15 on TensorFlow, as recorded in ``tests/library/text``.

    Shapes: text -> int32, the same, or vectors as ``output_mode`` says: ``one_hot`` adds an axis
    (in the place of a last axis of size 1), ``multi_hot``, ``count`` and ``tf_idf`` take the first
    axis together. With ``invert``, whole numbers -> text.

    Source: ``keras/src/layers/preprocessing/string_lookup.py``.

    Example:
        - string_lookup: {vocabulary: [red, green, blue], output_mode: one_hot}
    """

    takes_text = True

    mask_token: str | None = None
    """The text that stands for nothing."""
    oov_token: str = "[UNK]"
    """What ``invert`` gives for the indices of unknown texts."""
    encoding: Literal["utf-8"] = "utf-8"
    """How texts become bytes for the hash of unknown ones."""
    salt: Salt | None = None
    """Makes the hash of unknown texts SipHash, with these two numbers as its key."""

    @property
    def mask(self) -> str | None:
        return self.mask_token

    @property
    def unknown(self) -> str:
        return self.oov_token

    def infer(self, x: TensorType, /) -> Inferred:
        if self.invert:
            check_whole_numbers(x)
            return Inferred(x.with_dtype("string"))
        check_text(x)
        return self.typed(x)

    def lower(self) -> Sequence[Call]:
        if self.invert:
            return (self.lookup(string_of_index, oov_token=self.oov_token),)
        hash_bins = setting(self._hash) if self.num_oov_indices > 1 else None
        index = self.lookup(string_lookup, hash_bins=hash_bins)
        return (index, *self.as_vectors(encode_on_host))

    @property
    def _hash(self) -> Call:
        return Call(farmhash_of_text) if self.salt is None else Call(siphash_of_text, key=self.salt)


def string_lookup(
    x: np.ndarray,
    *,
    vocabulary: tuple[str, ...],
    num_oov_indices: int = 1,
    mask_token: str | None = None,
    hash_bins: Callable[..., np.ndarray] | None = None,
) -> np.ndarray:
    first = 0 if mask_token is None else 1
    places = {token: i for i, token in enumerate(vocabulary, first + num_oov_indices)}
    if mask_token is not None:
        places[mask_token] = 0
    index = np.array([places.get(text, -1) for text in x.flat], np.int32).reshape(x.shape)
    unknown = index < 0
    index[unknown] = first
    if hash_bins is not None:
        index[unknown] += hash_bins(x[unknown], bins=num_oov_indices)
    return index


def string_of_index(
    x: np.ndarray,
    *,
    vocabulary: tuple[str, ...],
    num_oov_indices: int = 1,
    mask_token: str | None = None,
    oov_token: str = "[UNK]",
) -> np.ndarray:
    masks = () if mask_token is None else (mask_token,)
    tokens = (*masks, *(oov_token,) * num_oov_indices, *vocabulary)
    texts = np.array([*tokens, oov_token], object)
    return texts[np.where((x >= 0) & (x < len(tokens)), x, len(tokens))]
