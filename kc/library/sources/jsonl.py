"""Tables as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from kc.core import codes
from kc.core.data import DataError
from kc.library.files import open_file
from kc.library.records import LONGEST, MARK, Records, too_long
from kc.library.table import Table
from kc.library.table_cells import typed_numbers

if TYPE_CHECKING:
    import numpy as np

    from kc.library.table_cells import Cells
    from kc.library.table_rows import TableFile

_BLOCK: Final = 2**22


class Jsonl(Table, kind="jsonl", aka=("json", "ndjson")):
    """A JSON object in each line, one per example. UTF-8.

    The names in the first line are the columns. Features become float32, one input of shape
    (columns,); a column of lists of numbers is an input of its own, of the shape of the lists. A
    target of whole numbers gives int32, one with fractions float32, one of words class numbers: 0
    for the word that is first in the order of characters, and so on. Each column of ``text`` is an
    input of its name with the shape (), or part of one that ``inputs`` names; null is no text.

    Only targets and the places of lines are kept in memory.

    Example:
        source: {jsonl: {path: reviews.jsonl, text: review, target: mood}}
    """

    def table(self, folder: Path, path: str) -> TableFile:
        with open_file(folder, path) as file:
            records = Records(folder, path, _offsets(file, path))
        if not len(records):
            raise DataError(
                codes.DATA_FILE,
                f"`{path}` has no example",
                'write an object into each line: `{"x": 1.5, "y": 0}`',
            )
        return JsonlFile.of(records)


@dataclass(frozen=True, slots=True)
class JsonlFile:
    """A table as lines of JSON."""

    records: Records
    columns: tuple[str, ...]
    hint: str | None = None

    @classmethod
    def of(cls, records: Records) -> JsonlFile:
        import numpy as np

        file = cls(records, ())
        _, (first,) = next(file._objects(np.zeros(1, np.int64)))
        return cls(records, tuple(first))

    @property
    def path(self) -> str:
        return self.records.path

    def __len__(self) -> int:
        return len(self.records)

    def parts(
        self, columns: Sequence[str], rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Sequence[Cells]]]:
        for part, objects in self._objects(rows):
            cells: list[Cells] = [[found.get(name) for found in objects] for name in columns]
            yield part, cells

    def numbers(self, cells: Cells) -> np.ndarray | None:
        return typed_numbers(cells)

    def place(self, row: int) -> str:
        """The line of an example, counted when somebody asks."""
        left, line = int(self.records.offsets[row]), 1
        with open_file(self.records.folder, self.path) as file:
            while left and (block := file.read(min(left, _BLOCK))):
                left -= len(block)
                line += block.count(b"\n")
        return f"line {line}"

    def _objects(
        self, rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Sequence[Mapping[str, Any]]]]:
        for part, records in self.records.parts(rows):
            found = zip(part.tolist(), records, strict=True)
            yield part, [self._object(row, record) for row, record in found]

    def _object(self, row: int, record: str) -> Mapping[str, Any]:
        try:
            found = json.loads(record)
        except json.JSONDecodeError as error:
            reason = error.msg.lower()
        except ValueError:
            reason = "a number has too many digits"
        except RecursionError:
            reason = "lists are nested too deeply"
        else:
            if isinstance(found, dict):
                return found  # pyright: ignore[reportUnknownVariableType]
            reason = "it is no object"
        raise DataError(
            codes.DATA_FILE,
            f"{self.place(row)} of `{self.path}` cannot be read: {reason}",
            'write an object into each line: `{"x": 1.5, "y": 0}`',
        )


def _offsets(file: BinaryIO, path: str) -> np.ndarray:
    """Where lines begin that are not empty, and the end of the last one.

    A line of one character, or two, is no object; so it counts as empty.
    """
    import numpy as np

    begin = len(MARK) if file.read(len(MARK)) == MARK else 0
    file.seek(begin)
    edges = [np.array([begin], np.int64)]
    lines, last, position = 0, begin, begin
    while block := file.read(_BLOCK):
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10) + position + 1
        position += len(block)
        lengths = np.diff(ends, prepend=last)
        if len(ends) and lengths.max() >= LONGEST:
            raise too_long(path, lines + 1 + int(np.argmax(lengths >= LONGEST)))
        lines, last = lines + len(ends), int(ends[-1]) if len(ends) else last
        if position - last >= LONGEST:
            raise too_long(path, lines + 1)
        edges.append(ends)
    if position > last:
        edges.append(np.array([position], np.int64))
    found = np.concatenate(edges)
    return np.append(found[:-1][np.diff(found) > 2], found[-1:])
