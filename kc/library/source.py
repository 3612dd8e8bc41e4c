"""What a data source is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from kc.core.data import Examples
from kc.core.reference import EntryOf
from kc.core.registry import Entry


class Source(Entry, family="source"):
    """Where examples come from."""

    def files(self) -> Sequence[str]:
        """Paths that the source reads, as written in the spec."""
        return ()

    def load(self, folder: Path) -> Examples:
        """All examples, in their natural order. Paths are relative to ``folder``.

        Raises:
            DataError: when a file is missing or holds something else than expected.
        """
        raise NotImplementedError


SourceField = Annotated[Source, EntryOf("source")]
