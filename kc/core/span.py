"""Places in a text that a user wrote."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

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

    @property
    def starts(self) -> Sequence[int]:
        """Where each line begins."""
        return _starts(self)

    def offset(self, line: int, column: int) -> int:
        """The character at a line and column; what libyaml finds behind the text is its end."""
        end = len(self.text)
        return min(self.starts[line - 1] + column - 1, end) if line <= len(self.starts) else end

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


@lru_cache(maxsize=8)
def _starts(source: SourceText) -> Sequence[int]:
    # A thousand findings in a file of a megabyte look for its lines once.
    return [0, *(found.end() for found in _BREAK.finditer(source.text))]


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
    def offsets(self) -> tuple[int, int]:
        """Its first character, and the one after its last, counted from 0."""
        source = self.source
        return source.offset(self.line, self.column), source.offset(self.end_line, self.end_column)

    @property
    def text(self) -> str:
        """What is written there."""
        start, end = self.offsets
        return self.source.text[start:end]

    def start(self, later: int = 0) -> Span:
        """The empty place before its first character, or before a later one."""
        line, column = self.source.position(self.offsets[0] + later)
        return Span(self.source, line, column, line, column)

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
