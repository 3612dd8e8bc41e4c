"""Tables as text."""

from __future__ import annotations

import csv
import io
import os
from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TextIO, cast

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import count
from kc.library.files import open_file
from kc.library.records import LONGEST, MARK, Records, too_long
from kc.library.table import Table

if TYPE_CHECKING:
    import numpy as np

    from kc.library.table_cells import Cells
    from kc.library.table_rows import TableFile

_DELIMITERS: Final = {";": '";"', "\t": '"\\t"', "|": '"|"'}
KEPT: Final = 2**24
"""Bytes of a file whose cells are kept, so that it is parsed only once."""

_PART: Final = 4096
"""Kept lines that are converted at once."""


class Csv(Table, kind="csv"):
    """A table: a line of column names, then one line per example. UTF-8.

    Features become float32, one input of shape (columns,). A target column of whole numbers gives
    int32, one with fractions float32. A target column of words gives class numbers: 0 for the word
    that is first in the order of characters, and so on. Each column of ``text`` is an input of its
    name with the shape (), or part of one that ``inputs`` names; spaces around a cell do not count.

    Example:
        source: {csv: {path: wine.csv, target: class}}
    """

    delimiter: Literal[",", ";", "\t", "|"] = ","
    """What stands between two cells."""

    def table(self, folder: Path, path: str) -> TableFile:
        return _scan(folder, path, self.delimiter)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A table as text."""

    records: Records
    columns: tuple[str, ...]
    delimiter: str
    kept: Sequence[Sequence[str]] | None
    """The cells of a small file."""

    @property
    def path(self) -> str:
        return self.records.path

    @property
    def hint(self) -> str | None:
        """What to do when the whole first line was taken for one column."""
        if len(self.columns) == 1:
            for delimiter, written in _DELIMITERS.items():
                if delimiter in self.columns[0]:
                    return f"cells seem to be separated otherwise: `delimiter: {written}`"
        return None

    def __len__(self) -> int:
        return len(self.records)

    def parts(
        self, columns: Sequence[str], rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Sequence[Cells]]]:
        places = [self.columns.index(column) for column in columns]
        for part, lines in self._lines(rows, places):
            cells: list[Cells] = [[line[n].strip() for line in lines] for n in range(len(places))]
            yield part, cells

    def _lines(
        self, rows: np.ndarray, places: Sequence[int]
    ) -> Iterator[tuple[np.ndarray, Sequence[Sequence[str]]]]:
        """The cells in some places of each line."""
        if self.kept is not None:
            for start in range(0, len(rows), _PART):
                part = rows[start : start + _PART]
                lines = (self.kept[int(row)] for row in part)
                yield part, [[line[place] for place in places] for line in lines]
            return
        width = len(self.columns)
        for part, records in self.records.parts(rows):
            lines = csv.reader(records, delimiter=self.delimiter, strict=True)
            try:
                chosen = [[line[p] for p in places] for line in lines if len(line) == width]
            except csv.Error:
                raise self.records.changed() from None
            if len(chosen) != len(part):
                raise self.records.changed()
            yield part, chosen

    def numbers(self, cells: Cells) -> np.ndarray:
        import numpy as np

        texts = cast("Sequence[str]", cells)
        try:
            # Python reads `1_000`, too, which is no number in a table.
            if "_" not in "".join(texts):
                return np.fromiter(map(float, texts), np.float64, len(texts))
        except ValueError:
            pass
        return np.fromiter(map(_number, texts), np.float64, len(texts))

    def place(self, row: int) -> str:
        with _opened(self.records.folder, self.path) as text:
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            next(islice((line for line in reader if line), row + 1, None), None)
            return f"line {reader.line_num}"


def _number(cell: str) -> float:
    """The number in a cell, or NaN."""
    try:
        return float(cell) if "_" not in cell else float("nan")
    except ValueError:
        return float("nan")


@contextmanager
def _opened(folder: Path, path: str) -> Generator[TextIO]:
    with io.TextIOWrapper(open_file(folder, path), encoding="utf-8-sig", newline="") as text:
        yield text


class _Lines:
    """Lines of a file, counted in bytes."""

    def __init__(self, text: TextIO, path: str, begin: int) -> None:
        self._text = text
        self._path = path
        self._number = 0
        self.begin = begin
        """Where the record begins that is being read."""
        self.end = begin

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST)
        if not line:
            raise StopIteration
        self._number += 1
        self.end += len(line) if line.isascii() else len(line.encode())
        if self.end - self.begin >= LONGEST:
            raise too_long(self._path, self._number)
        return line


def _scan(folder: Path, path: str, delimiter: str) -> CsvFile:
    """Find the records of a file, and check that each has a cell for every column."""
    with open_file(folder, path) as file:
        small = os.fstat(file.fileno()).st_size <= KEPT
        begin = len(MARK) if file.read(len(MARK)) == MARK else 0
    with _opened(folder, path) as text:
        lines = _Lines(text, path, begin)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        rows = _rows(reader, lines)
        kept: list[list[str]] = []
        offsets = array("q")
        try:
            header = next(rows, None)
            if header is None:
                raise DataError(codes.DATA_FILE, f"`{path}` is empty", "begin with column names")
            columns = _columns(header, path)
            for row in rows:
                if len(row) != len(columns):
                    raise _ragged(path, reader.line_num, len(row), len(columns), delimiter)
                offsets.append(lines.begin)
                if small:
                    kept.append(row)
        except UnicodeDecodeError:
            raise DataError(
                codes.DATA_FILE, f"`{path}` is not UTF-8 text", "save the file as UTF-8"
            ) from None
        except csv.Error as error:
            raise DataError(
                codes.DATA_FILE, f"line {reader.line_num} of `{path}` cannot be read: {error}"
            ) from None
    if not offsets:
        raise DataError(
            codes.DATA_FILE, f"`{path}` has column names, but no example", "add lines of data"
        )
    offsets.append(lines.end)
    return CsvFile(_records(folder, path, offsets), columns, delimiter, kept if small else None)


def _rows(reader: Iterator[list[str]], lines: _Lines) -> Iterator[list[str]]:
    """Lines with cells; ``lines.begin`` is then where each begins."""
    for row in reader:
        if row:
            yield row
        lines.begin = lines.end


def _records(folder: Path, path: str, offsets: array[int]) -> Records:
    import numpy as np

    return Records(folder, path, np.frombuffer(offsets, np.int64))


def _ragged(path: str, line: int, cells: int, columns: int, delimiter: str) -> DataError:
    return DataError(
        codes.DATA_FILE,
        f"line {line} of `{path}` has {count(cells, 'cell')}, the first line has {columns}",
        f"give every line one cell per column; quote cells that hold a `{delimiter}`",
    )


def _columns(header: Sequence[str], path: str) -> tuple[str, ...]:
    columns: dict[str, None] = {}
    for cell in header:
        name = cell.strip()
        if name in columns:
            raise DataError(
                codes.CSV_COLUMN,
                f"`{path}` has two columns `{name}`",
                "rename one of them in the first line",
            )
        columns[name] = None
    return tuple(columns)
