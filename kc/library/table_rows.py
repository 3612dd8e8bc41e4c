"""Examples in the lines of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from kc.core import codes
from kc.core.data import DataError, Examples
from kc.core.text import did_you_mean, listing
from kc.library.table_cells import Column, Reading, TargetColumn, size_of

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays
    from kc.library.table_cells import Cells

_SAMPLED = 100
"""Rows that tell how large all are."""


class TableFile(Reading, Protocol):
    """A file with a table. It can be pickled."""

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def hint(self) -> str | None:
        """What to do when a column is missing, if it is not its name."""
        ...

    def __len__(self) -> int: ...

    def parts(
        self, columns: Sequence[str], rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, Sequence[Cells]]]:
        """Numbers of examples, and their cells by column, in parts of bounded size.

        Args:
            columns: columns that there are.
            rows: numbers in increasing order.
        """
        ...


@dataclass(frozen=True, slots=True)
class Input:
    """Columns that are one input."""

    columns: tuple[str, ...]
    is_text: bool
    cell: tuple[int, ...] = ()
    """Shape of a cell: a list of numbers, which is then the only column."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example."""
        alone = self.cell or self.is_text
        return self.cell if len(self.columns) == 1 and alone else (len(self.columns),)


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows of a table. All targets are in memory; inputs are read."""

    file: TableFile
    inputs: Mapping[str, Input]
    labels: Arrays
    classes: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, file: TableFile, inputs: Mapping[str, Input], targets: Sequence[str]) -> TableRows:
        """Look for the columns, and read the targets.

        Raises:
            DataError: when a column is missing, or a target is neither of numbers nor of words.
        """
        if not inputs:
            raise DataError(
                codes.NO_ARRAY,
                f"`{file.path}` has no column for an input",
                f"it holds {listing(file.columns)}",
            )
        for given in inputs.values():
            need(file, given.columns)
        need(file, targets)
        shaped = {name: _shaped(file, given) for name, given in inputs.items()}
        found = _targets(file, targets)
        labels = {name: numbers for name, (numbers, _) in found.items()}
        words = {name: words for name, (_, words) in found.items() if words is not None}
        return cls(file, shaped, labels, words)

    def __len__(self) -> int:
        return len(self.file)

    @property
    def nbytes(self) -> int:
        import numpy as np

        sample = self.read(np.arange(min(_SAMPLED, len(self))))
        inputs = sum(map(size_of, sample.inputs.values()))
        targets = sum(array.nbytes for array in self.labels.values())
        return inputs * len(self) // len(sample) + targets

    def read(self, rows: np.ndarray) -> Examples:
        import numpy as np

        wanted, places = np.unique(rows, return_inverse=True)
        inputs = self._inputs(wanted)
        if not np.array_equal(wanted, rows):
            inputs = {name: array[places] for name, array in inputs.items()}
        targets = {name: array[rows] for name, array in self.labels.items()}
        return Examples(inputs, targets, classes=self.classes)

    def targets(self) -> Arrays:
        return self.labels

    def _inputs(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The inputs of examples in increasing order."""
        import numpy as np

        names = list(dict.fromkeys(c for given in self.inputs.values() for c in given.columns))
        arrays = {
            name: np.empty((len(rows), *given.shape), object if given.is_text else np.float32)
            for name, given in self.inputs.items()
        }
        start = 0
        for found in _columns(self.file, names, rows):
            stop = start + len(found[names[0]].rows)
            for name, given in self.inputs.items():
                _fill(arrays[name][start:stop], given, [found[c] for c in given.columns])
            start = stop
        return arrays


def need(file: TableFile, columns: Sequence[str]) -> None:
    """Check that a table has columns.

    Raises:
        DataError: naming the first that it has not.
    """
    for column in columns:
        if column not in file.columns:
            raise DataError(
                codes.CSV_COLUMN,
                f"`{file.path}` has no column `{column}`",
                file.hint or did_you_mean(column, file.columns),
                word=column,
            )


def column_values(file: TableFile, names: Sequence[str]) -> Arrays:
    """All values of columns: int64, float64, or words as objects.

    Raises:
        DataError: when a column is missing, or an example has no value in it.
    """
    import numpy as np

    need(file, names)
    rows = np.arange(len(file))
    parts = list(_columns(file, names, rows))
    return {name: _joined([part[name] for part in parts], rows).values() for name in names}


def _joined(parts: Sequence[Column], rows: np.ndarray) -> Column:
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    cells = [part.cells for part in parts]
    arrays = [part for part in cells if isinstance(part, np.ndarray) and part.dtype != object]
    joined = (
        np.concatenate(arrays)
        if len(arrays) == len(cells)
        else [cell for part in cells for cell in part]
    )
    return Column(parts[0].reading, parts[0].name, joined, rows)


def _columns(
    file: TableFile, names: Sequence[str], rows: np.ndarray
) -> Iterator[Mapping[str, Column]]:
    for part, cells in file.parts(names, rows):
        yield {n: Column(file, n, c, part) for n, c in zip(names, cells, strict=True)}


def _shaped(file: TableFile, given: Input) -> Input:
    """An input with the shape of its first cell, which may be a list of numbers."""
    import numpy as np

    if len(given.columns) > 1 or given.is_text:
        return given
    _, (cells,) = next(file.parts(given.columns, np.zeros(1, np.int64)))
    first = file.numbers(cells)
    return given if first is None else replace(given, cell=first.shape[1:])


def _targets(
    file: TableFile, names: Sequence[str]
) -> Mapping[str, tuple[np.ndarray, tuple[str, ...] | None]]:
    import numpy as np

    targets = {name: TargetColumn() for name in names}
    if targets:
        for part in _columns(file, names, np.arange(len(file))):
            for name, target in targets.items():
                target.add(part[name])
    return {name: target.finish() for name, target in targets.items()}


def _fill(array: np.ndarray, given: Input, columns: Sequence[Column]) -> None:
    """Write the cells of some examples into the array of an input."""
    for number, column in enumerate(columns):
        place = array[:, number] if given.shape == (len(columns),) and not given.cell else array
        place[:] = column.texts() if given.is_text else column.numbers(given.cell)
