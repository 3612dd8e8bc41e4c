"""What the columns of a table mean, whatever file it is in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from kc.core.data import Examples
from kc.library.fields import Name
from kc.library.source import FilePath, Names, Source
from kc.library.table_rows import Input, TableFile, TableRows, column_values

if TYPE_CHECKING:
    from kc.core.data import Arrays, Rows


class Table(Source):
    """A source of a table with one line per example. Each format is a source of its own."""

    path: FilePath
    """The file, relative to the spec's folder and not outside of it."""
    target: Names | None = None
    """The column of targets, or columns for several outputs; none is enough for predicting."""
    features: Names | None = None
    """Columns of the only input, in this order; by default all that nothing else
    names."""
    inputs: dict[Name, Names] | None = None
    """Columns by input, for a model with several."""
    text: Names | None = None
    """Columns that hold text."""

    @model_validator(mode="after")
    def _check(self) -> Self:
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

    def open(self, folder: Path) -> Rows:
        file = self.table(folder, self.path)
        return TableRows.of(file, self._inputs(file), self.target or ())

    def load_inputs(self, folder: Path, path: str) -> Examples:
        """Examples for predicting: the same columns of another file, which needs no targets."""
        import numpy as np

        file = self.table(folder, path)
        return TableRows.of(file, self._inputs(file), ()).read(np.arange(len(file)))

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        return column_values(self.table(folder, self.path), names)

    @abstractmethod
    def table(self, folder: Path, path: str) -> TableFile:
        """A file of this format.

        Raises:
            DataError: when it cannot be read, or has no example.
        """

    def _inputs(self, file: TableFile) -> Mapping[str, Input]:
        texts = self.text or ()
        named = dict(self.inputs or {})
        if not named:
            others = {*texts, *(self.target or ()), *self.aside}
            features = self.features or tuple(c for c in file.columns if c not in others)
            named = {"features": features} if features else {}
        free = [column for column in texts if column not in chain(*named.values())]
        named |= {column: (column,) for column in free}
        return {name: Input(columns, columns[0] in texts) for name, columns in named.items()}
