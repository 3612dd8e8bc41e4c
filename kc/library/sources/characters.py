"""Stretches of a text, each an example for a model of language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, field_validator

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import count
from kc.library.fields import PositiveInt
from kc.library.files import open_file
from kc.library.source import FilePath, Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows

_TARGET = "next"


class Characters(Source, kind="characters"):
    """Stretches of a text as numbers of its characters, and at each place the one that follows.

    Input ``characters``: int32 (length,). Target ``next``: int32 (length,). A number is the place
    of the character in ``vocabulary``, so a model has as many classes as that has characters.
    Stretches held out should be the last ones, ``split: {shuffle: false}``: drawn at random, they
    would be parts of what trains.

    Source: Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks, 2015.

    Example:
        source: {characters: {path: book.txt, length: 64}}
    """

    ordered = True

    path: FilePath
    """A file of UTF-8 text, relative to the spec's folder and not outside of it."""
    length: PositiveInt
    """Characters of an example."""
    stride: PositiveInt | None = None
    """Characters from the first one of an example to that of the next; by default ``length``."""
    vocabulary: Annotated[str, Field(min_length=1, max_length=100_000)] | None = None
    """The characters that there are, each once; by default those of the file, in the order of their
    code points.
    """

    @field_validator("vocabulary")
    @classmethod
    def _each_once(cls, vocabulary: str | None) -> str | None:
        if vocabulary and len(set(vocabulary)) < len(vocabulary):
            twice = next(c for c in vocabulary if vocabulary.count(c) > 1)
            raise ValueError(f"`{twice}` stands twice in `vocabulary`")
        return vocabulary

    @property
    def classes(self) -> int | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return len(self.vocabulary) if self.vocabulary else None

    def files(self) -> tuple[str]:
        return (self.path,)

    def open(self, folder: Path) -> Rows:
        import numpy as np

        with open_file(folder, self.path) as file:
            try:
                text = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                raise DataError(
                    codes.DATA_FILE, f"`{self.path}` is not UTF-8 text", "save the file as UTF-8"
                ) from None
        if len(text) <= self.length:
            raise DataError(
                codes.SHORT_SERIES,
                f"`{self.path}` has {count(len(text), 'character')}, an example and its target "
                f"need {self.length + 1:,}",
                "make `length` smaller, or add text",
            )
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        known, numbers = np.unique(points, return_inverse=True)
        words = tuple(map(chr, known.tolist()))
        if self.vocabulary is not None:
            numbers = self._places(words)[numbers]
            words = tuple(self.vocabulary)
        return CharacterRows(
            numbers.astype(np.int32), self.length, self.stride or self.length, words
        )

    def _places(self, found: tuple[str, ...]) -> np.ndarray:
        """The places of some characters in the vocabulary."""
        import numpy as np

        places = {character: place for place, character in enumerate(self.vocabulary or "")}
        for character in found:
            if character not in places:
                raise DataError(
                    codes.DATA_VALUE,
                    f"`{self.path}` holds {character!r}, which `vocabulary` has not",
                    "add it to `vocabulary`, or leave `vocabulary` out",
                )
        return np.array([places[character] for character in found])


@dataclass(frozen=True, slots=True)
class CharacterRows:
    """Stretches by number."""

    numbers: np.ndarray
    """The whole text, int32."""
    length: int
    stride: int
    words: tuple[str, ...]

    def __len__(self) -> int:
        return (len(self.numbers) - self.length - 1) // self.stride + 1

    @property
    def nbytes(self) -> int:
        return 2 * len(self) * self.length * self.numbers.itemsize

    def read(self, rows: np.ndarray) -> Examples:
        return Examples(
            {"characters": self._from(0)[rows]},
            {_TARGET: self._from(1)[rows]},
            classes={_TARGET: self.words},
        )

    def targets(self) -> Arrays:
        return {_TARGET: self._from(1)}

    def _from(self, first: int) -> np.ndarray:
        """All stretches from some character on, in the memory of the text."""
        from numpy.lib.stride_tricks import sliding_window_view

        return sliding_window_view(self.numbers[first:], self.length)[:: self.stride][: len(self)]
