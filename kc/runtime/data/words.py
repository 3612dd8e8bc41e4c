"""Numbers of classes that mean the same in all sources of a spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kc.core import codes
from kc.core.data import DataError, Examples, InMemory, Rows
from kc.core.text import did_you_mean, listing

if TYPE_CHECKING:
    from kc.core.data import Arrays

Classes = Mapping[str, tuple[str, ...]]
"""The words that class numbers stand for, by target."""


@dataclass(frozen=True, slots=True)
class Renumbered:
    """Rows whose targets have the class numbers of another source."""

    rows: Rows
    numbers: Arrays
    """The number of each class, by target."""
    classes: Classes

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes

    def read(self, rows: np.ndarray) -> Examples:
        return self._changed(self.rows.read(rows))

    def targets(self) -> Arrays:
        return self._renumbered(self.rows.targets())

    def in_memory(self) -> InMemory:
        assert isinstance(self.rows, InMemory)
        return InMemory(self._changed(self.rows.examples))

    def _changed(self, found: Examples) -> Examples:
        return replace(found, targets=self._renumbered(found.targets), classes=self.classes)

    def _renumbered(self, targets: Arrays) -> Arrays:
        return {
            name: self.numbers[name][array] if name in self.numbers else array
            for name, array in targets.items()
        }


def words_of(rows: Rows) -> Classes:
    """The words of classes; empty where the data have numbers."""
    return rows.read(np.zeros(1, np.int64)).classes


def with_words(rows: Rows, wanted: Classes) -> Rows:
    """The same rows, with the class numbers of another source.

    Raises:
        DataError: when they have a word that it has not.
    """
    own = words_of(rows)
    if own == wanted:
        return rows
    if own.keys() != wanted.keys():
        (name, *_) = own.keys() ^ wanted.keys()
        here, there = ("words", "numbers") if name in own else ("numbers", "words")
        raise DataError(
            codes.OTHER_WORDS,
            f"the target `{name}` holds {here}, and {there} in `source`",
            "write the same words, or the same numbers, in both",
        )
    numbers = {name: _numbers(name, words, wanted[name]) for name, words in own.items()}
    found = Renumbered(rows, numbers, wanted)
    return found.in_memory() if isinstance(rows, InMemory) else found


def _numbers(name: str, words: tuple[str, ...], wanted: tuple[str, ...]) -> np.ndarray:
    known = {word: number for number, word in enumerate(wanted)}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise DataError(
            codes.OTHER_WORDS,
            f"the target `{name}` has {listing(unknown)}, which `source` has not",
            did_you_mean(unknown[0], wanted),
        )
    return np.array([known[word] for word in words], np.int32)
