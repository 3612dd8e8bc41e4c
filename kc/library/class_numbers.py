"""Words of a target as numbers of classes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class ClassNumbers:
    """Numbers for words that come bit by bit: 0 for the first word in the order of characters."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._parts: list[np.ndarray] = []

    def add(self, words: Iterable[str]) -> None:
        import numpy as np

        seen = self._seen
        numbers = [seen.setdefault(word, len(seen)) for word in words]
        self._parts.append(np.array(numbers, np.int32))

    def finish(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """The numbers of all words, int32, and the words by number."""
        import numpy as np

        words = tuple(sorted(self._seen))
        final = np.empty(len(words), np.int32)
        final[[self._seen[word] for word in words]] = np.arange(len(words))
        return final[np.concatenate(self._parts)], words
