"""Tables as text."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from pydantic import model_validator

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import count, did_you_mean
from kc.library.fields import Name
from kc.library.files import open_file
from kc.library.source import FilePath, Names, Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays

_DELIMITERS = {";": '";"', "\t": '"\\t"', "|": '"|"'}
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_LARGEST = 3.4028234e38  # of float32


class Csv(Source, kind="csv"):
    """A table: a line of column names, then one line per example. UTF-8.

    Features become float32, one input of shape (columns,). A target column of whole numbers gives
    int32, one with fractions float32. A target column of words gives class numbers: 0 for the word
    that is first in the order of characters, and so on. Each column of ``text`` is an input of its
    name with the shape (), or part of one that ``inputs`` names.

    Example:
        source: {csv: {path: wine.csv, target: class}}
    """

    path: FilePath
    """The file, relative to the spec's folder and not outside of it."""
    target: Names | None = None
    """The column of targets, or columns for several outputs; none is enough for predicting."""
    features: Names | None = None
    """Columns of the only input, in this order; by default all but the targets."""
    inputs: dict[Name, Names] | None = None
    """Columns by input, for a model with several."""
    text: Names | None = None
    """Columns that hold text; spaces around a cell do not count."""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    """What stands between two cells."""

    @model_validator(mode="after")
    def _check(self) -> Csv:
        if self.features and self.inputs:
            raise ValueError("`features` and `inputs` exclude each other")
        features = {*(self.features or ()), *chain(*(self.inputs or {}).values())}
        if both := features & set(self.target or ()):
            raise ValueError(f"the column `{min(both)}` is both a feature and the target")
        texts = set(self.text or ())
        if both := texts & set(self.target or ()):
            raise ValueError(f"the column `{min(both)}` is both text and the target")
        if both := texts & set(self.features or ()):
            raise ValueError(f"the column `{min(both)}` is both text and among `features`")
        for name, columns in (self.inputs or {}).items():
            if texts & set(columns) and not texts.issuperset(columns):
                raise ValueError(f"the input `{name}` mixes text and numbers")
        return self

    def files(self) -> tuple[str]:
        return (self.path,)

    def load(self, folder: Path) -> Examples:
        table = self._table(folder, self.path)
        targets = self.target or ()
        for column in targets:
            table.need(column)
        return Examples(self._inputs(table), {column: table.target(column) for column in targets})

    def load_inputs(self, folder: Path, path: str) -> Examples:
        """Examples for predicting: the same columns of another file, which needs no targets."""
        return Examples(self._inputs(self._table(folder, path)))

    def _table(self, folder: Path, path: str) -> _Table:
        with io.TextIOWrapper(open_file(folder, path), encoding="utf-8-sig", newline="") as text:
            return _read(text, path, self.delimiter)

    def _inputs(self, table: _Table) -> Arrays:
        texts = self.text or ()
        named = dict(self.inputs or {})
        if not named:
            others = {*texts, *(self.target or ())}
            features = self.features or tuple(c for c in table.columns if c not in others)
            named = {"features": features} if features else {}
        free = [column for column in texts if column not in chain(*named.values())]
        return {
            name: table.texts(columns) if columns[0] in texts else table.features(columns)
            for name, columns in {**named, **{column: (column,) for column in free}}.items()
        }


@dataclass(frozen=True, slots=True)
class _Table:
    path: str
    columns: Mapping[str, int]
    """Position of each column."""
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    """Number of each row's line in the file."""

    def need(self, column: str) -> int:
        if column not in self.columns:
            raise DataError(
                codes.CSV_COLUMN,
                f"`{self.path}` has no column `{column}`",
                _delimiter_help(self.columns) or did_you_mean(column, self.columns),
                word=column,
            )
        return self.columns[column]

    def features(self, columns: Sequence[str]) -> np.ndarray:
        """Float32 (examples, columns)."""
        import numpy as np

        array = np.empty((len(self.rows), len(columns)), np.float32)
        for number, column in enumerate(columns):
            array[:, number] = self.numbers(column)
        return array

    def texts(self, columns: Sequence[str]) -> np.ndarray:
        """Text (examples, columns), without an axis for a single one."""
        import numpy as np

        places = [self.need(column) for column in columns]
        array = np.array([[row[place].strip() for place in places] for row in self.rows], object)
        return array[:, 0] if len(columns) == 1 else array

    def numbers(self, column: str) -> list[float]:
        position = self.need(column)
        values = [_number(row[position]) for row in self.rows]
        for row, value in enumerate(values):
            if value is None or not abs(value) <= _LARGEST:
                self.refuse(column, row)
        return values  # pyright: ignore[reportReturnType]

    def target(self, column: str) -> np.ndarray:
        """Whole numbers, numbers, or the numbers of words in their order: (examples,)."""
        import numpy as np

        position = self.need(column)
        words = [row[position].strip() for row in self.rows]
        if all(words) and not any(_number(word) is not None for word in words):
            classes = {word: number for number, word in enumerate(sorted(set(words)))}
            return np.array([classes[word] for word in words], np.int32)
        values = np.array(self.numbers(column))
        whole = (values == np.floor(values)).all() and np.abs(values).max() < 2**31
        return values.astype(np.int32 if whole else np.float32)

    def refuse(self, column: str, row: int) -> NoReturn:
        """Report the cell."""
        cell = self.rows[row][self.columns[column]].strip()
        place = f"in line {self.lines[row]} of `{self.path}`"
        if not cell:
            message = f"the column `{column}` is empty {place}"
        elif _number(cell) is None:
            message = f"the column `{column}` holds `{_short(cell)}` {place}, which is no number"
        else:
            message = (
                f"the column `{column}` holds `{_short(cell)}` {place}, which is no finite float32"
            )
        help = "mend the file, or leave the column out: `features: [...]`"
        if self._is_text(column):
            help = f"say that it is text: `text: {column}`, or leave it out: `features: [...]`"
        if _DECIMAL_COMMA.fullmatch(cell):
            help = f"write fractions with a point: `{cell.replace(',', '.')}`"
        raise DataError(codes.CSV_VALUE, message, help)

    def _is_text(self, column: str) -> bool:
        """Whether a column holds words and no number."""
        cells = [row[self.columns[column]].strip() for row in self.rows]
        return all(cell and _number(cell) is None for cell in cells)


def _read(text: Iterable[str], path: str, delimiter: str) -> _Table:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = next((row for row in reader if row), None)
        if header is None:
            raise DataError(codes.DATA_FILE, f"`{path}` is empty", "begin with column names")
        columns = _columns(header, path)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise DataError(
                    codes.DATA_FILE,
                    f"line {reader.line_num} of `{path}` has {count(len(row), 'cell')}, "
                    f"the first line has {len(header)}",
                    f"give every line one cell per column; quote cells that hold a `{delimiter}`",
                )
            rows.append(row)
            lines.append(reader.line_num)
    except UnicodeDecodeError:
        raise DataError(
            codes.DATA_FILE, f"`{path}` is not UTF-8 text", "save the file as UTF-8"
        ) from None
    except csv.Error as error:
        raise DataError(
            codes.DATA_FILE, f"line {reader.line_num} of `{path}` cannot be read: {error}"
        ) from None
    if not rows:
        raise DataError(
            codes.DATA_FILE, f"`{path}` has column names, but no example", "add lines of data"
        )
    return _Table(path, columns, rows, lines)


def _columns(header: Sequence[str], path: str) -> Mapping[str, int]:
    columns: dict[str, int] = {}
    for position, cell in enumerate(header):
        name = cell.strip()
        if name in columns:
            raise DataError(
                codes.CSV_COLUMN,
                f"`{path}` has two columns `{name}`",
                "rename one of them in the first line",
            )
        columns[name] = position
    return columns


def _delimiter_help(columns: Mapping[str, int]) -> str | None:
    """What to do when the whole first line was taken for one column."""
    if len(columns) == 1:
        line = next(iter(columns))
        for delimiter, written in _DELIMITERS.items():
            if delimiter in line:
                return f"cells seem to be separated otherwise: `delimiter: {written}`"
    return None


def _number(cell: str) -> float | None:
    """The number in a cell, or None. Not every text that Python reads is one: ``1_000``."""
    if "_" in cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if not math.isnan(value) else None


def _short(cell: str) -> str:
    return cell if len(cell) <= 40 else f"{cell[:37]}..."
