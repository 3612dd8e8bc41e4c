"""Texts as indices of parts of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from kc.core.lazy import np
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import check_text
from kc.library.fields import LARGEST, PositiveInt
from kc.library.fitting import Fitting

_SPECIAL: Final = 2
"""Indices before the vocabulary."""
_INSIDE: Final = 0x80000
"""What is added to characters that begin no word while the vocabulary is learnt.

The trainer numbers characters with `##` in the order of a hash table, which is another one in each
process, and breaks ties by these numbers. Characters of their own have an order of their own.
"""


class SubwordTokenizer(
    Fitting, kind="subword_tokenizer", aka=("word_piece_tokenizer", "wordpiece", "bpe")
):
    """Splits texts into words and marks, and words into the longest parts that a vocabulary has.

    Index 0 fills up short texts, 1 is for a word that no parts make up, then comes the vocabulary.
    A part that begins no word is written with `##`. By default the vocabulary is learnt from the
    training examples: the extra ``text`` trains it, using it needs no package. Frequent words stay
    whole and rare ones fall into parts, so that few are unknown. Runs on the host, in Python.

    Shapes: text, each in its own axis of size 1 or none -> int32 (..., output_sequence_length).

    Source: Wu et al. 2016, Google's Neural Machine Translation System, section 4.1; Devlin et al.
    2019, BERT.

    Example:
        - subword_tokenizer: {vocabulary: [the, cat, sit, "##s"], output_sequence_length: 6}
    """

    takes_text = True
    finds = ("vocabulary",)

    output_sequence_length: PositiveInt
    """Length to which rows of indices are cut or filled up."""
    max_tokens: Annotated[int, Field(gt=_SPECIAL, le=LARGEST)] = 8_000
    """Largest number of indices, for those of filling and unknown words too."""
    lowercase: bool = True
    """Whether capital letters count as small ones."""
    vocabulary: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Words and parts of words, each once; by default those that training finds."""

    @model_validator(mode="after")
    def _vocabulary_fits(self) -> Self:
        known = self.vocabulary or ()
        seen: set[str] = set()
        for part in known:
            if part in seen:
                raise ValueError(f"`{part}` stands twice in `vocabulary`")
            seen.add(part)
        if len(known) + _SPECIAL > self.max_tokens:
            raise ValueError(
                f"has {len(known) + _SPECIAL} indices, which is more than `max_tokens`"
            )
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        check_text(x)
        if x.shape and x.shape[-1] != 1:
            raise ShapeError(
                f"needs one text in the last axis, the input is {x}",
                "use `reshape: [..., 1]` for several texts",
            )
        shape = (*x.shape[:-1], self.output_sequence_length)
        return Inferred(x.with_shape(*shape).with_dtype("int32"))

    def fit(self, batches: Iterable[np.ndarray]) -> Self:
        """Parts that are frequent beside each other become one, until there are enough."""
        try:
            from tokenizers import Tokenizer, models, pre_tokenizers, trainers
        except ImportError:
            raise ShapeError(
                "needs tokenizers to learn its vocabulary", "pip install 'kc-compiler[text]'"
            ) from None
        # Words are split here as in `subword_tokenizer`, and joined by blanks.
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        most = self.max_tokens - _SPECIAL
        trainer = trainers.BpeTrainer(vocab_size=most, show_progress=False)
        tokenizer.train_from_iterator(self._words(batches), trainer)
        places = tokenizer.get_vocab()
        if not places:
            raise ShapeError("finds no words in the training examples", "give its `vocabulary`")
        # The alphabet comes first, and may be more than there is room for.
        parts = sorted(places, key=lambda part: places[part])[:most]
        return self.with_fields(vocabulary=tuple(map(_plain, parts)))

    def _words(self, batches: Iterable[np.ndarray]) -> Iterator[str]:
        for values in batches:
            for text in values.flat:
                found = words_and_marks(text, lowercase=self.lowercase)
                yield " ".join(_marked(word) for word in found if len(word) <= 100)

    def lower(self) -> Call:
        return Call(
            subword_tokenizer,
            vocabulary=self.vocabulary or (),
            length=self.output_sequence_length,
            lowercase=self.lowercase,
        )


def _marked(word: str) -> str:
    """A word that tells of each character whether it is the first; empty for rare scripts."""
    if max(word) >= chr(_INSIDE // 2):
        return ""
    return word[0] + "".join(chr(ord(character) + _INSIDE) for character in word[1:])


def _plain(part: str) -> str:
    """A part of marked words, as the vocabulary has it."""
    before = "##" if ord(part[0]) >= _INSIDE else ""
    return before + "".join(chr(ord(character) % _INSIDE) for character in part)


def subword_tokenizer(
    x: np.ndarray, *, vocabulary: tuple[str, ...], length: int, lowercase: bool = True
) -> np.ndarray:
    """Rows of indices of one length: 0 fills up, 1 is unknown, then comes the vocabulary."""
    places = {part: place for place, part in enumerate(vocabulary, 2)}
    known: dict[str, list[int]] = {}
    index = np.zeros((x.size, length), np.int32)
    for number, text in enumerate(x.flat):
        row: list[int] = []
        for word in words_and_marks(text, lowercase=lowercase):
            if len(row) >= length:
                break
            if word not in known:
                known[word] = parts_of(word, places)
            row += known[word]
        index[number, : len(row)] = row[:length]
    return index.reshape(*(x.shape[:-1] if x.ndim > 1 else x.shape), length)


def words_and_marks(text: str, *, lowercase: bool) -> list[str]:
    """Runs of letters and digits, and every other character that is no blank alone."""
    return re.findall(r"\w+|[^\w\s]", text.lower() if lowercase else text)


def parts_of(word: str, places: dict[str, int]) -> list[int]:
    """The places of the longest parts that make up a word, from its beginning."""
    found: list[int] = []
    start = 0
    # A word of more letters is none, and looking for its parts would take long.
    while start < len(word) <= 100:
        before = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if before + word[start:end] in places), start)
        if end == start:
            return [1]
        found.append(places[before + word[start:end]])
        start = end
    return found or [1]
