"""Cells of a table as arrays, and the place of one that does not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from sys import getsizeof
from typing import TYPE_CHECKING, Final, NoReturn, Protocol

from kc.core import codes
from kc.core.data import DataError
from kc.library.class_numbers import ClassNumbers

if TYPE_CHECKING:
    import numpy as np

    Cells = Sequence[object] | np.ndarray
    """Values of one column: an array of numbers, or what the file has: text, numbers, None, lists.
    """

_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_LARGEST: Final = 3.4028234e38
"""Of float32."""
_NUMBERS: Final = frozenset({int, float, bool})


class Reading(Protocol):
    """How the cells of a file are read, and where they stand."""

    @property
    def path(self) -> str: ...

    def numbers(self, cells: Cells) -> np.ndarray | None:
        """Float64, NaN for what is no number; None when each cell has to be looked at alone."""
        ...

    def place(self, row: int) -> str:
        """``line 3``."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """Some cells of one column."""

    reading: Reading
    name: str
    cells: Cells
    rows: np.ndarray
    """The number of each cell's example."""

    def numbers(self, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """Float64 with one number per example, or an array of this shape for each.

        Raises:
            DataError: for the first cell that is no finite float32, or has another shape.
        """
        import numpy as np

        numbers = self.reading.numbers(self.cells)
        if numbers is not None and shape is None:
            shape = numbers.shape[1:]
        if numbers is None or numbers.shape[1:] != shape:
            self._refuse_one(shape)
        wrong = ~(np.abs(numbers) <= _LARGEST)
        if wrong.any():
            self.refuse(int(np.argwhere(wrong)[0][0]))
        return numbers

    def texts(self) -> list[str]:
        """Text; what is empty is text without characters.

        Raises:
            DataError: for the first cell that is something else.
        """
        texts = ["" if cell is None else cell for cell in self.cells]
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                self._refuse(number, "which is no text", "make text of the column")
        return texts  # pyright: ignore[reportReturnType]

    def words(self) -> Sequence[str] | None:
        """The cells, if all of them are words and none is a number."""
        import numpy as np

        if isinstance(self.cells, np.ndarray) and self.cells.dtype != object:
            return None
        if not all(isinstance(cell, str) and cell for cell in self.cells):
            return None
        numbers = self.reading.numbers(list(set(self.cells)))
        none = numbers is None or np.isnan(numbers).all()
        return self.cells if none else None  # pyright: ignore[reportReturnType]

    def values(self) -> np.ndarray:
        """Int64, float64, or words as objects.

        Raises:
            DataError: for an empty cell, and where words are mixed with something else.
        """
        import numpy as np

        cells = self.cells
        if isinstance(cells, np.ndarray) and cells.dtype != object:
            if cells.ndim == 1 and cells.dtype.kind in "biuMm":
                return cells.astype(np.int64)
        else:
            for number, cell in enumerate(cells):
                if _is_empty(cell):
                    self.refuse(number)
        numbers = self.reading.numbers(cells)
        if numbers is None:
            return np.array(self.texts(), object)
        if numbers.ndim != 1:
            self._refuse(0, "which is no single value", "name a column of words or numbers")
        missing = np.isnan(numbers)
        if missing.any() and not isinstance(cells[0], str):
            self.refuse(int(np.argmax(missing)))
        return np.array(self.texts(), object) if missing.any() else _whole(cells, numbers)

    def refuse(self, number: int) -> NoReturn:
        """Report a cell that is no number."""
        cell = self.cells[number]
        numbers = self.reading.numbers(self.cells[number : number + 1])
        if numbers is None or bool((numbers != numbers).any()):
            what = "which is no number"
        else:
            what = "which is no finite float32"
        help = "mend the file, or leave the column out: `features: [...]`"
        if self.words() is not None:
            help = f"say that it is text: `text: {self.name}`, or leave it out: `features: [...]`"
        if isinstance(cell, str) and _DECIMAL_COMMA.fullmatch(cell):
            help = f"write fractions with a point: `{cell.replace(',', '.')}`"
        self._refuse(number, what, help)

    def _refuse(self, number: int, what: str, help: str) -> NoReturn:
        cell = self.cells[number]
        place = f"in {self.reading.place(int(self.rows[number]))} of `{self.reading.path}`"
        if _is_empty(cell):
            message = f"the column `{self.name}` is empty {place}"
        else:
            message = f"the column `{self.name}` holds `{_short(cell)}` {place}, {what}"
        raise DataError(codes.CSV_VALUE, message, help)

    def _refuse_one(self, shape: tuple[int, ...] | None) -> NoReturn:
        """Report the first cell that is no number, or has not the shape of the others."""
        for number in range(len(self.cells)):
            alone = self.reading.numbers(self.cells[number : number + 1])
            if alone is None:
                self.refuse(number)
            shape = alone.shape[1:] if shape is None else shape
            if alone.shape[1:] != shape:
                self._refuse(number, *_other_shape(alone.shape[1:], shape, self.name))
        raise AssertionError("each cell alone is a number of the shape")


def _other_shape(found: tuple[int, ...], shape: tuple[int, ...], name: str) -> tuple[str, str]:
    if not shape:
        return "which is a list", f"give it an input of its own: `inputs: {{{name}: {name}}}`"
    if not found:
        return "which is a single number", "write a list in every example, or in none"
    return (
        f"which has the shape {list(found)}, and in the first example it is {list(shape)}",
        "write lists of the same length",
    )


def typed_numbers(cells: Cells) -> np.ndarray | None:
    """Numbers of a format that tells numbers from text: float64, also of nested lists."""
    import numpy as np

    if isinstance(cells, np.ndarray) and cells.dtype != object:
        return cells.astype(np.float64) if cells.dtype.kind in "biuf" else None
    try:
        array = np.array(list(cells), np.float64)
    except (ValueError, TypeError, OverflowError):
        return None
    # NumPy reads `"3"` as 3, and None as NaN.
    values = cells
    for _ in array.shape[1:]:
        values = chain.from_iterable(values)  # pyright: ignore[reportArgumentType]
    return array if _NUMBERS.issuperset(map(type, values)) else None


def size_of(cells: Cells) -> int:
    """Bytes of cells with what they refer to."""
    import numpy as np

    if not isinstance(cells, np.ndarray):
        return sum(map(getsizeof, cells)) + 8 * len(cells)
    return cells.nbytes + (sum(map(getsizeof, cells.flat)) if cells.dtype == object else 0)


class TargetColumn:
    """A target, cell by cell: numbers of classes where all cells are words, otherwise numbers."""

    def __init__(self) -> None:
        self._words = ClassNumbers()
        self._numbers: list[np.ndarray] = []
        self._first: Column | None = None
        """The beginning of a column of words."""

    def add(self, column: Column) -> None:
        """Take what comes next.

        Raises:
            DataError: for what is no number in a column that has some.
        """
        words = None if self._numbers else column.words()
        if words is not None:
            self._words.add(words)
            self._first = self._first or column
        elif self._first is not None:
            self._first.refuse(0)
        else:
            shape = self._numbers[0].shape[1:] if self._numbers else None
            self._numbers.append(column.numbers(shape))

    def finish(self) -> tuple[np.ndarray, tuple[str, ...] | None]:
        """Int32 for whole numbers and words, otherwise float32; and the words by number."""
        import numpy as np

        if self._first is not None:
            return self._words.finish()
        values = np.concatenate(self._numbers)
        whole = (values == np.floor(values)).all() and np.abs(values).max(initial=0) < 2**31
        return values.astype(np.int32 if whole else np.float32), None


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell)


def _whole(cells: Cells, numbers: np.ndarray) -> np.ndarray:
    """Int64 where all are whole, exactly; otherwise float64."""
    import numpy as np

    if not (numbers == np.floor(numbers)).all() or np.abs(numbers).max(initial=0) >= 2**63:
        return numbers
    try:
        return np.array([int(cell) for cell in cells], np.int64)  # pyright: ignore[reportArgumentType]
    except (ValueError, OverflowError):  # `1e3`
        return numbers.astype(np.int64)


def _short(cell: object) -> str:
    text = cell[:41] if isinstance(cell, str) else f"{cell!s:.41}"
    return text if len(text) <= 40 else f"{text[:37]}..."
