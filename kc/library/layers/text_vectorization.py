"""Texts as indices of their words, or as vectors of how often words occur."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Self, TypedDict

from pydantic import Field, model_validator

from kc.core.lazy import np
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import check_text, encode_on_host
from kc.library.fields import PositiveInt
from kc.library.layers.string_lookup import string_lookup
from kc.library.vocabulary import Vocabulary

Standardize = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"]
Split = Literal["whitespace", "character"]
Widths = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class TextVectorization(Vocabulary[str], kind="text_vectorization"):
    """Splits texts into tokens, and looks those up in a vocabulary.

    Index 0 fills up short texts, 1 is for unknown tokens, then comes the vocabulary; the modes that
    make vectors have no place for filling. As in Keras, only the letters A to Z are lowered and
    only ASCII's whitespace and punctuation counts, as TensorFlow works on bytes. Not as in Keras: a
    length is needed wherever the number of tokens depends on the text, as compiled models have
    fixed shapes, there is nothing ragged, and neither functions of Python nor a vocabulary's file,
    since a spec says by itself what a model is. Runs on the host, in NumPy; compared with Keras
    3.15 on TensorFlow, as recorded in ``tests/library/text``, and with scikit-learn's
    ``CountVectorizer``.

    Shapes: text, each in its own axis of size 1 or none -> int32 (..., output_sequence_length), or
    one vector for each text. Without ``split``, (tokens) -> the same, or one vector.

    Source: ``keras/src/layers/preprocessing/text_vectorization.py``.

    Example:
        - text_vectorization: {vocabulary: [the, cat, sat], output_sequence_length: 4}
    """

    takes_text = True

    standardize: Standardize | None = "lower_and_strip_punctuation"
    """What happens to a text before it is split."""
    split: Split | None = "whitespace"
    """Where a text is split; null takes the last axis as tokens."""
    ngrams: PositiveInt | Widths | None = None
    """How many neighbouring tokens make one: up to a number, or exactly each of some numbers."""
    output_sequence_length: PositiveInt | None = None
    """Length to which rows of indices are cut or filled up."""
    encoding: Literal["utf-8"] = "utf-8"
    """How texts are written; kc's texts have characters, not bytes."""

    @property
    def mask(self) -> str:
        return ""

    @property
    def unknown(self) -> str:
        return "[UNK]"

    @model_validator(mode="after")
    def _length_fits(self) -> Self:
        if self.output_mode == "one_hot":
            raise ValueError("`one_hot` is for single tokens: use `multi_hot` or `count`")
        if self.output_mode != "int" and self.output_sequence_length is not None:
            raise ValueError("`output_sequence_length` is for `output_mode: int`")
        if self.output_mode == "int" and self.split and self.output_sequence_length is None:
            raise ValueError("needs `output_sequence_length`: texts have different lengths")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        check_text(x)
        if self.split is None and not x.shape:
            raise ShapeError(
                f"needs an axis of tokens, the input is {x}", "use `split: whitespace`"
            )
        if self.split is not None and x.shape and x.shape[-1] != 1:
            raise ShapeError(
                f"needs one text in the last axis, the input is {x}",
                "use `split: null` for tokens, or `reshape: [..., 1]` for several texts",
            )
        if self.output_mode != "int" and x.rank > 1:
            raise ShapeError(f"makes a vector of one text, the input is {x}", "use one input each")
        length = self.output_sequence_length
        if length is None:
            # Vectors are the same for any number of tokens.
            length = 1 if self.split else sum(max(x.shape[-1] - n + 1, 0) for n in self._widths)
        return self.typed(x.with_shape(*x.shape[:-1], length))

    @property
    def _widths(self) -> tuple[int, ...]:
        if isinstance(self.ngrams, int):
            return tuple(range(1, self.ngrams + 1))
        return self.ngrams or (1,)

    @property
    def _splitting(self) -> TextSplitting:
        return {"standardize": self.standardize, "split": self.split, "widths": self._widths}

    def documents(self, values: np.ndarray) -> Sequence[Sequence[str]]:
        return text_tokens(values, **self._splitting)

    def lower(self) -> Sequence[Call]:
        index = Call(
            text_vectorization,
            vocabulary=self.tokens,
            length=self.output_sequence_length,
            **self._splitting,
        )
        return (index, *self.as_vectors(encode_on_host))


class TextSplitting(TypedDict):
    """The settings of ``text_tokens``."""

    standardize: str | None
    split: str | None
    widths: tuple[int, ...]


def text_vectorization(
    x: np.ndarray,
    *,
    vocabulary: tuple[str, ...],
    length: int | None = None,
    standardize: str | None = "lower_and_strip_punctuation",
    split: str | None = "whitespace",
    widths: tuple[int, ...] = (1,),
) -> np.ndarray:
    """Rows of indices of one length, by default that of the longest."""
    rows = text_tokens(x, standardize=standardize, split=split, widths=widths)
    if length is None:
        length = max(map(len, rows), default=0)
    filled = [[*row[:length], *[""] * (length - len(row))] for row in rows]
    index = string_lookup(np.array(filled, object), vocabulary=vocabulary, mask_token="")
    return index.reshape(*(x.shape[:-1] if x.ndim > 1 else x.shape), length)


def text_tokens(
    x: np.ndarray, *, standardize: str | None, split: str | None, widths: tuple[int, ...]
) -> list[list[str]]:
    """The tokens of each text, or of each row of texts where they are not split."""
    texts = [standardized(text, standardize or "") for text in x.flat]
    if split == "whitespace":
        rows = [re.findall(r"[^ \t\n\v\f\r]+", text) for text in texts]
    elif split == "character":
        rows = [list(text) for text in texts]
    else:
        size = x.shape[-1]
        rows = [texts[i : i + size] for i in range(0, len(texts), size)]
    if widths == (1,):
        return rows
    return [
        [" ".join(row[i : i + n]) for n in widths for i in range(len(row) - n + 1)] for row in rows
    ]


def standardized(text: str, how: str) -> str:
    """Text with only small letters, or without punctuation, or both."""
    if "lower" in how:
        text = re.sub("[A-Z]+", lambda found: found[0].lower(), text)
    if "strip_punctuation" in how:
        text = re.sub(r"[!-/:-@\[-`{-~]+", "", text)
    return text
