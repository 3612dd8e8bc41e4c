"""What the columns of a table hold."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["number", "words", "text", "date", "id", "constant", "empty", "nested"]

_MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
_DATE: Final = re.compile(r"\d{4}-\d\d?-\d\d?([T ].*)?|\d\d?[./]\d\d?[./]\d{2,4}")
_ID: Final = re.compile(r"(.*[_ -])?(id|index|uuid|key)|row|unnamed: 0|", re.IGNORECASE)
_TEXT_WORDS = 3
"""Words of an average cell from which on a column is text and no list of categories."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what was seen in it."""

    name: str
    kind: Kind
    missing: int
    """Cells without a value."""
    distinct: int
    """Different values."""
    numbers: Sequence[float] = field(default=(), repr=False)
    """The values of a column of numbers."""
    length: int = 0
    """Words of a long cell: nine in ten have no more."""

    @property
    def usable(self) -> bool:
        """Whether a model can learn from it. A number that is missing has no value."""
        return self.kind in {"words", "text"} or (self.kind == "number" and not self.missing)

    @property
    def classes(self) -> int | None:
        """How many classes it tells apart as a target, None where it does not."""
        if self.missing or self.distinct < 2:
            return None
        if self.kind == "words":
            return self.distinct
        whole = self.kind == "number" and all(value.is_integer() for value in self.numbers)
        if not whole or self.distinct > 20 or min(self.numbers) < 0:
            return None
        # Numbers of classes may begin with 1, or miss a few.
        largest = int(max(self.numbers))
        return largest + 1 if largest < 2 * self.distinct else None


def look(name: str, cells: Sequence[str], is_text: bool = False) -> Column:
    """See what a column holds, given each cell as text.

    Args:
        name: of the column.
        cells: as they are written.
        is_text: whether what looks like a number is text all the same.
    """
    values = [cell for cell in map(str.strip, cells) if cell.lower() not in _MISSING]
    missing, distinct = len(cells) - len(values), len(set(values))
    found = () if is_text else map(_number, values)
    numbers = [number for number in found if number is not None]
    if not values:
        return Column(name, "empty", missing, distinct)
    lengths = sorted(len(value.split()) for value in values)
    length = lengths[int(0.9 * (len(lengths) - 1))]
    kind = _kind(name, values, distinct, len(numbers) == len(values), sum(lengths) / len(lengths))
    return Column(name, kind, missing, distinct, numbers if kind == "number" else (), length)


def _kind(name: str, values: Sequence[str], distinct: int, numeric: bool, words: float) -> Kind:
    if distinct == 1 and len(values) > 1:
        return "constant"
    every = distinct == len(values) > 2
    if every and _ID.fullmatch(name.strip()):
        return "id"
    if numeric:
        return "number"
    if all(map(_DATE.fullmatch, values)):
        return "date"
    if words >= _TEXT_WORDS and distinct > len(values) / 4:
        return "text"
    return "id" if every and len(values) > 20 and words < 2 else "words"


def _number(text: str) -> float | None:
    if "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
