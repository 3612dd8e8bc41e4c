"""What a format puts together, and words that several formats share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kc.cli.escape import escape, shorten
from kc.core.diagnostic import Code, Diagnostic, Severity

if TYPE_CHECKING:
    from kc.cli.snippet import Paint

TEXT_WIDTH = 500


@dataclass(frozen=True, slots=True)
class Style:
    """How findings are written."""

    paint: Paint
    """Colours for a terminal, or none."""
    failing: frozenset[Severity]
    """What makes the command fail."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The findings that a report has room for."""

    diagnostics: Sequence[Diagnostic]
    parts: Sequence[str]
    """The text of each."""
    style: Style
    left_out: int = 0
    """How many findings there was no room for."""
    closing: str = ""
    """What was found in how many files, in a line for people."""

    @property
    def more(self) -> str | None:
        """What is said about findings that are left out."""
        return f"and {self.left_out:,} more" if self.left_out else None


def words(text: str) -> str:
    """Text as it can be shown on one line."""
    return shorten(escape(text), TEXT_WIDTH)


def remarks(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    """Help and notes, each with its kind."""
    if diagnostic.help:
        yield "help", diagnostic.help
    for note in diagnostic.notes:
        yield "note", note


def in_one_text(diagnostic: Diagnostic) -> str:
    """Message and remarks, a line for each."""
    lines = [diagnostic.message, *(f"{kind}: {text}" for kind, text in remarks(diagnostic))]
    return "\n".join(words(line) for line in lines)


def codes_of(diagnostics: Sequence[Diagnostic]) -> Sequence[Code]:
    """The codes of findings, each once, in the order of their numbers."""
    found = {diagnostic.code.id: diagnostic.code for diagnostic in diagnostics}
    return [found[id] for id in sorted(found)]
