"""Columns that divide and weigh the examples of a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.data import DataError
from kc.library.source import Source
from kc.runtime.data.weights import sample_weights
from kc.schemas.data import ALL

if TYPE_CHECKING:
    import numpy as np

    from kc.core.data import Arrays
    from kc.core.tree import Path as TreePath


def read_column(source: Source, folder: Path, name: str, total: int, path: TreePath) -> np.ndarray:
    """All values of a column, one for each of ``total`` examples.

    Raises:
        DataError: when there is no such column, at the part of the spec that names it.
    """
    try:
        (found,) = source.columns(folder, [name]).values()
    except DataError as error:
        if error.word == name:
            error.path = path
        raise
    if len(found) != total:
        raise DataError(
            codes.DATA_LENGTH,
            f"`{name}` has {len(found):,} values, there are {total:,} examples",
            "give each example one value",
            path=path,
            word=name,
        )
    return found


def weights_of(plan: Plan, source: Source, folder: Path, total: int) -> Arrays:
    """How much the examples of a source count, by output; none where the spec names no column.

    Raises:
        DataError: when a column is missing, or does not hold a number for each example.
    """
    assert plan.data is not None
    columns = plan.data.weight
    if columns is None:
        return {}
    path = ("data", "weight")
    read = {
        output: read_column(source, folder, name, total, (*path, output) if output else path)
        for output, name in columns.items()
    }
    losses = {name: loss for name, (loss, _) in plan.losses.items()}
    try:
        return sample_weights(read.get(ALL, read), losses, total, "weight")
    except DataError as error:
        error.path = path
        raise
