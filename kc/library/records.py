"""Records of a text file by number, found by where they begin."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from kc.core import codes
from kc.core.data import DataError
from kc.library.files import open_file

if TYPE_CHECKING:
    import numpy as np

LONGEST: Final = 2**24
"""Bytes that a record may have."""
MARK: Final = b"\xef\xbb\xbf"
"""The byte order mark that some programs begin a file of UTF-8 with."""
_PART: Final = 2**21
"""Bytes that are read at once, or one record."""


def too_long(path: str, line: int) -> DataError:
    """A record that nobody wrote by hand, or a file of something else."""
    return DataError(
        codes.DATA_FILE,
        f"line {line} of `{path}` is longer than {LONGEST // 2**20} MiB",
        "write every example into a line of its own",
    )


@dataclass(frozen=True, slots=True)
class Records:
    """Where records lie in a file. It is open only while something is read."""

    folder: Path
    path: str
    offsets: np.ndarray
    """The byte where each begins, and the end of the last one: int64 (records + 1,)."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def parts(self, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Sequence[str]]]:
        """Records by increasing numbers, in parts of bounded size.

        Raises:
            DataError: when the file changed since the records were found.
        """
        import numpy as np

        sizes = self.offsets[rows + 1] - self.offsets[rows]
        part = np.cumsum(sizes) // _PART
        with open_file(self.folder, self.path) as file:
            for chosen in np.split(rows, np.flatnonzero(np.diff(part)) + 1):
                if len(chosen):
                    yield chosen, list(self._read(file, chosen))

    def _read(self, file: BinaryIO, rows: np.ndarray) -> Iterator[str]:
        import numpy as np

        for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
            edges = self.offsets[run[0] : run[-1] + 2]
            begin, end = int(edges[0]), int(edges[-1])
            block = os.pread(file.fileno(), end - begin, begin)
            if len(block) != end - begin:
                raise self.changed()
            ends = (edges - begin).tolist()
            try:
                yield from (block[a:b].decode() for a, b in pairwise(ends))
            except UnicodeDecodeError:
                raise DataError(
                    codes.DATA_FILE, f"`{self.path}` is not UTF-8 text", "save the file as UTF-8"
                ) from None

    def changed(self) -> DataError:
        """For what is no record any more."""
        return DataError(
            codes.DATA_FILE,
            f"`{self.path}` was changed while it was read",
            "start again with the file as it is",
        )
