"""Lines of a text file, each an example."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.library.files import open_file
from kc.library.records import MARK
from kc.library.source import FilePath, Source

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays, Rows


class TextLines(Source, kind="text_lines", aka=("text_line_dataset",)):
    """A file of UTF-8 text with one example in each line; lines of blanks do not count.

    Input ``text``: text (), without the end of the line. No target. Only the places of lines are
    kept in memory.

    Example:
        source: {text_lines: names.txt}
    """

    path: FilePath
    """The file, relative to the spec's folder and not outside of it."""

    def files(self) -> tuple[str]:
        return (self.path,)

    def open(self, folder: Path) -> Rows:
        import numpy as np

        with open_file(folder, self.path) as file:
            places = np.array(_places(file), np.int64).reshape(-1, 3)
        if not len(places):
            raise DataError(
                codes.DATA_FILE, f"`{self.path}` holds no line of text", "write an example a line"
            )
        return Lines(folder, self.path, places)


def _places(file: BinaryIO) -> array[int]:
    """Number, start and bytes of each line with text, one after another."""
    places = array("q")
    start = len(MARK) if file.read(len(MARK)) == MARK else 0
    file.seek(start)
    for number, line in enumerate(file, 1):
        if not line.isspace():
            places.extend((number, start, len(line.rstrip(b"\r\n"))))
        start += len(line)
    return places


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines by number."""

    folder: Path
    path: str
    places: np.ndarray
    """Number of the line in the file, its first byte and how many it has: int64 (lines, 3)."""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def nbytes(self) -> int:
        return int(self.places[:, 2].sum())

    def read(self, rows: np.ndarray) -> Examples:
        import numpy as np

        with open_file(self.folder, self.path) as file:
            texts = [self._text(file, *place) for place in self.places[rows].tolist()]
        return Examples({"text": np.array(texts, object)})

    def _text(self, file: BinaryIO, number: int, start: int, size: int) -> str:
        file.seek(start)
        try:
            return file.read(size).decode()
        except UnicodeDecodeError:
            raise DataError(
                codes.DATA_FILE,
                f"line {number} of `{self.path}` is not UTF-8 text",
                "save the file as UTF-8",
            ) from None

    def targets(self) -> Arrays:
        return {}
