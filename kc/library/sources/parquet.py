"""Tables in Parquet files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from kc.core import codes
from kc.core.data import DataError
from kc.library.files import open_file
from kc.library.table import Table
from kc.library.table_cells import size_of, typed_numbers

if TYPE_CHECKING:
    import numpy as np

    from kc.library.table_cells import Cells
    from kc.library.table_rows import TableFile

_CACHED: Final = 2**28
"""Bytes of row groups that are kept."""
_LARGEST: Final = 2**31
"""Bytes of a row group, which is read as a whole for a single row of it."""
_BATCH: Final = 2**16
_DAMAGE: Final = (OSError, ValueError, LookupError, TypeError, NotImplementedError, MemoryError)
"""What pyarrow raises for a damaged file."""


class Parquet(Table, kind="parquet"):
    """A table in a Parquet file, one row per example. Needs the extra ``tables``.

    Features become float32, one input of shape (columns,); a column of lists of numbers is an input
    of its own, of the shape of the lists. A target of whole numbers gives int32, one with fractions
    float32, one of words class numbers: 0 for the word that is first in the order of characters,
    and so on. Each column of ``text`` is an input of its name with the shape (), or part of one
    that ``inputs`` names; null is no text.

    Targets are kept in memory, and 256 MB of the row groups that were read last. A row group is
    read as a whole. In a file of shuffled rows that is larger than this, write small ones:
    ``table.to_parquet("data.parquet", row_group_size=1000)``.

    Example:
        source: {parquet: {path: wine.parquet, target: class}}
    """

    def table(self, folder: Path, path: str) -> TableFile:
        try:
            import pyarrow.parquet  # noqa: F401  # pyright: ignore[reportUnusedImport]
        except ImportError:
            raise DataError(
                codes.MISSING_EXTRA,
                "the source parquet needs pyarrow",
                "pip install 'kc-compiler[tables]'",
            ) from None
        return ParquetFile.of(folder, path)


class _Kept:
    """The cells of row groups that were read last. A copy in another process begins empty."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._groups: OrderedDict[tuple[int, tuple[str, ...]], Sequence[Cells]] = OrderedDict()
        self._bytes = 0

    def __reduce__(self) -> tuple[type[_Kept], tuple[()]]:
        return _Kept, ()

    def get(self, group: int, columns: tuple[str, ...]) -> Sequence[Cells] | None:
        key = (group, columns)
        if key in self._groups:
            self._groups.move_to_end(key)
        return self._groups.get(key)

    def add(self, group: int, columns: tuple[str, ...], cells: Sequence[Cells]) -> None:
        self._groups[group, columns] = cells
        self._bytes += sum(map(size_of, cells))
        while self._bytes > _CACHED and len(self._groups) > 1:
            _, dropped = self._groups.popitem(last=False)
            self._bytes -= sum(map(size_of, dropped))


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A table in a Parquet file. It is open only while a row group is read."""

    folder: Path
    path: str
    columns: tuple[str, ...]
    texts: tuple[str, ...]
    """Columns of text."""
    metadata: Any
    firsts: np.ndarray
    """The number of each row group's first example, and of all examples: int64 (groups + 1,)."""
    hint: str | None = None
    kept: _Kept = field(default_factory=_Kept, compare=False)

    @classmethod
    def of(cls, folder: Path, path: str) -> ParquetFile:
        import numpy as np

        with _opened(folder, path) as file:
            metadata, schema = file.metadata, file.schema_arrow
            sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
            if min(sizes, default=0) < 0 or sum(sizes) != metadata.num_rows:
                raise ValueError("its row groups have other rows than it says")
            texts = tuple(name for name in schema.names if _is_text(schema.field(name).type))
        if len(set(schema.names)) < len(schema.names):
            twice = next(n for n in schema.names if schema.names.count(n) > 1)
            raise DataError(
                codes.CSV_COLUMN, f"`{path}` has two columns `{twice}`", "rename one of them"
            )
        if not sum(sizes):
            raise DataError(codes.DATA_FILE, f"`{path}` has no example", "write some rows")
        firsts = np.cumsum([0, *sizes], dtype=np.int64)
        return cls(folder, path, tuple(schema.names), texts, metadata, firsts)

    def __len__(self) -> int:
        return int(self.firsts[-1])

    def parts(
        self, columns: Sequence[str], rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Sequence[Cells]]]:
        import numpy as np

        groups = np.searchsorted(self.firsts, rows, "right") - 1
        for chosen in np.split(rows, np.flatnonzero(np.diff(groups)) + 1):
            if len(chosen):
                group = int(np.searchsorted(self.firsts, chosen[0], "right")) - 1
                places = chosen - self.firsts[group]
                found = self._group(group, tuple(columns))
                yield chosen, [_take(cells, places) for cells in found]

    def numbers(self, cells: Cells) -> np.ndarray | None:
        return typed_numbers(cells)

    def place(self, row: int) -> str:
        return f"example {row}"

    def _group(self, group: int, columns: tuple[str, ...]) -> Sequence[Cells]:
        """The cells of a row group; one thread at a time reads."""
        with self.kept.lock:
            found = self.kept.get(group, columns)
            if found is None:
                found = self._read(group, columns)
                self.kept.add(group, columns, found)
            return found

    def _read(self, group: int, columns: tuple[str, ...]) -> Sequence[Cells]:
        texts = [name for name in self.texts if name in columns]
        with _opened(self.folder, self.path, metadata=self.metadata, read_dictionary=texts) as file:
            self._check_size(group, columns)
            batches = file.iter_batches(
                _BATCH, row_groups=[group], columns=list(columns), use_threads=False
            )
            parts: list[list[Cells]] = []
            for batch in batches:
                batch.validate(full=True)  # Arrow trusts places within text and words otherwise
                parts.append([_cells(batch.column(name)) for name in columns])
        found = [_joined(cells) for cells in zip(*parts, strict=True)]
        rows = int(self.firsts[group + 1] - self.firsts[group])
        if [len(cells) for cells in found] != [rows] * len(columns):
            raise _damaged(self.path, "a row group has other rows than it says")
        return found

    def _check_size(self, group: int, columns: Sequence[str]) -> None:
        """Before anything is decoded: the rows that a few bytes can declare have no end."""
        # Not by column: what pyarrow does not catch there ends the process.
        found = self.metadata.row_group(group)
        if max(found.total_byte_size, 8 * found.num_rows * len(columns)) > _LARGEST:
            raise DataError(
                codes.DATA_FILE,
                f"a row group of `{self.path}` has more than {_LARGEST // 2**30} GiB",
                "write smaller ones: `row_group_size=10_000`",
            )


@contextmanager
def _opened(folder: Path, path: str, **options: Any) -> Generator[Any]:
    """The file, open for reading; what is wrong with it becomes a DataError."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile as Opened

    with open_file(folder, path) as file:
        try:
            with Opened(file, **options) as opened:
                yield opened
        except DataError:
            raise
        except (ArrowException, *_DAMAGE) as error:
            reason = str(error).partition(". ")[0].partition("\n")[0].lower()
            shown = "".join(character for character in reason if character.isprintable())
            raise _damaged(path, shown or type(error).__name__) from None


def _damaged(path: str, reason: str) -> DataError:
    return DataError(
        codes.DATA_FILE, f"`{path}` is no Parquet file, or damaged: {reason}", "write it again"
    )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind)


def _cells(array: Any) -> Cells:
    """A column of Arrow's: numbers and dates as NumPy's, text and what has nulls as objects."""
    import numpy as np
    from pyarrow import types

    kind = array.type
    if types.is_dictionary(kind):
        words = np.array([*array.dictionary.to_pylist(), None], object)
        return words[array.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)]
    if array.null_count == 0 and len(array):
        if types.is_decimal(kind):
            return array.cast("float64").to_numpy(zero_copy_only=False)
        if types.is_primitive(kind) and not types.is_time(kind):
            return array.to_numpy(zero_copy_only=False)
        if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            values, lengths = _cells(array.flatten()), set(array.value_lengths().to_pylist())
            if isinstance(values, np.ndarray) and len(lengths) == 1:
                return values.reshape(len(array), lengths.pop(), *values.shape[1:])
    return array.to_pylist()


def _joined(parts: Sequence[Cells]) -> Cells:
    import numpy as np

    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) == len(parts) and len({array.shape[1:] for array in arrays}) == 1:
        return np.concatenate(arrays)
    lists = (part.tolist() if isinstance(part, np.ndarray) else part for part in parts)
    return list(chain.from_iterable(lists))


def _take(cells: Cells, places: np.ndarray) -> Cells:
    import numpy as np

    return cells[places] if isinstance(cells, np.ndarray) else [cells[i] for i in places.tolist()]
