"""Places in a text that a user wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where YAML ends a line. Python's ``splitlines`` knows more places."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceText:
    """A text with the name that its author knows it by: a path, ``<stdin>``, ``--set``."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """The line with this 1-based number, without its end; empty beyond the text."""
        lines = self.lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    @property
    def lines(self) -> list[str]:
        """All lines, without their ends."""
        return _BREAK.split(self.text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character."""
        line, start = 1, 0
        for found in _BREAK.finditer(self.text, 0, offset):
            line, start = line + 1, found.end()
        return line, offset - start + 1


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of a text. Lines and columns count from 1, in characters."""

    source: SourceText
    line: int
    column: int
    end_line: int
    end_column: int
    used: Span | None = None
    """Where the block was used that this was written out for."""

    @property
    def written(self) -> Span:
        """The place in the text, whatever it was written out for."""
        return self if self.used is None else replace(self, used=None)

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    @property
    def file_line(self) -> str:
        """``spec.yaml:14``, as comments and scopes name a place."""
        return f"{self.source.name}:{self.line}"
