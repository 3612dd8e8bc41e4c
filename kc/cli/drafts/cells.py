"""The columns of a table, whatever file it is in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kc.cli.drafts.columns import Column, look
from kc.library.files import open_file
from kc.library.table_rows import TableFile

_DELIMITERS: Final = (",", ";", "\t", "|")


def delimiter_of(folder: Path, path: str) -> str:
    """What stands between the names of columns most often.

    Raises:
        DataError: when there is no such file.
    """
    with open_file(folder, path) as file:
        line = file.readline(1_000_000).decode(errors="replace")
    return max(_DELIMITERS, key=line.count)


def columns_of(file: TableFile, typed: bool) -> Sequence[Column]:
    """What all columns hold.

    Args:
        file: the table.
        typed: whether the file tells text from numbers; then text never means a number.

    Raises:
        DataError: when it cannot be read.
    """
    import numpy as np

    cells: dict[str, list[object]] = {name: [] for name in file.columns}
    for _, part in file.parts(file.columns, np.arange(len(file))):
        for column, values in zip(cells.values(), part, strict=True):
            column.extend(values.tolist() if isinstance(values, np.ndarray) else values)
    return [_look(name, column, typed) for name, column in cells.items()]


def _look(name: str, cells: Sequence[object], typed: bool) -> Column:
    if any(isinstance(cell, list | dict) for cell in cells):
        return Column(name, "nested", 0, 0)
    is_text = typed and any(isinstance(cell, str) for cell in cells)
    return look(name, list(map(_text, cells)), is_text)


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    return "" if cell is None else str(cell)
