"""What a data source is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, PrivateAttr

from kc.core import codes
from kc.core.data import DataError, Examples, InMemory, Rows
from kc.core.reference import EntryOf
from kc.core.registry import Entry

if TYPE_CHECKING:
    from kc.core.data import Arrays


class Source(Entry, family="source"):
    """Where examples come from.

    One that reads all at once has ``load``; one whose file may be larger than memory has ``open``.
    """

    classes: ClassVar[int | None] = None
    """How many classes its target has, where that is known before it is read."""
    total: ClassVar[int | None] = None
    """How many examples it has, where that is known before it is read."""
    ordered: ClassVar[bool] = False
    """Whether examples are stretches of one series, so that those drawn at random overlap."""

    _aside: tuple[str, ...] = PrivateAttr(())

    @property
    def aside(self) -> tuple[str, ...]:
        """Columns that divide or weigh examples, and so are no inputs unless they are named."""
        return self._aside

    def set_aside(self, columns: tuple[str, ...]) -> Self:
        """The same, with columns that are no inputs unless they are named."""
        self._aside = columns
        return self

    def files(self) -> Sequence[str]:
        """Paths that the source reads, as written in the spec."""
        return ()

    def load(self, folder: Path) -> Examples:
        """All examples, in their natural order. Paths are relative to ``folder``.

        Raises:
            DataError: when a file is missing or holds something else than expected.
        """
        import numpy as np

        rows = self.open(folder)
        return rows.read(np.arange(len(rows)))

    def open(self, folder: Path) -> Rows:
        """The examples by number, read as they are needed. Paths are relative to ``folder``.

        Raises:
            DataError: when a file is missing or holds something else than expected.
        """
        return InMemory(self.load(folder))

    def columns(self, folder: Path, names: Sequence[str]) -> Arrays:
        """All values of columns that divide or weigh examples, each with one value per example.

        Raises:
            DataError: when there is no such column, or the source has none.
        """
        raise DataError(
            codes.NO_ARRAY,
            f"the source {self.kind} has no column `{names[0]}`",
            "use a source with columns, as `csv`",
            word=names[0],
        )


def _names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_Text = Annotated[str, Field(min_length=1, max_length=256)]
_Several = Annotated[tuple[_Text, ...], Field(min_length=1)]
FilePath = Annotated[str, Field(min_length=1, max_length=4096)]
"""A path relative to the spec's folder, and not outside of it."""
Names = Annotated[
    _Several,
    BeforeValidator(_names, json_schema_input_type=_Text | _Several),
]
"""One name, or a list of names, of arrays or columns."""

SourceField = Annotated[Source, EntryOf("source")]
