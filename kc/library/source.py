"""What a data source is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from kc.core.data import Examples
from kc.core.reference import EntryOf
from kc.core.registry import Entry


class Source(Entry, family="source"):
    """Where examples come from."""

    classes: ClassVar[int | None] = None
    """How many classes its target has, where that is known before it is read."""

    def files(self) -> Sequence[str]:
        """Paths that the source reads, as written in the spec."""
        return ()

    def load(self, folder: Path) -> Examples:
        """All examples, in their natural order. Paths are relative to ``folder``.

        Raises:
            DataError: when a file is missing or holds something else than expected.
        """
        raise NotImplementedError


def _names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_Text = Annotated[str, Field(min_length=1, max_length=256)]
FilePath = Annotated[str, Field(min_length=1, max_length=4096)]
"""A path relative to the spec's folder, and not outside of it."""
Names = Annotated[
    tuple[_Text, ...],
    Field(min_length=1),
    BeforeValidator(_names, json_schema_input_type=_Text | tuple[_Text, ...]),
]
"""One name, or a list of names, of arrays or columns."""

SourceField = Annotated[Source, EntryOf("source")]
