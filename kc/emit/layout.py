"""Breaks long lines as ``ruff format`` does, so that generated code is formatted without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINE_LENGTH = 100
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Brackets:
    """Items between brackets: ``Brackets("f(", ("x", "y"), ")")``."""

    open: str
    items: Sequence[Code]
    close: str
    exploded: bool = False
    """Whether each item has its own line even where one line has room for all."""

    @property
    def is_call(self) -> bool:
        """Whether it is a call, whose items may share a line, and no tuple, list or dictionary."""
        return self.open[-2:-1].isalnum() or self.open[-2:-1] == "_"

    def __str__(self) -> str:
        return f"{self.open}{', '.join(map(str, self.items))}{self.close}"


Code = str | Brackets


def statement(code: Code, depth: int = 1) -> list[str]:
    """The lines of a statement inside of ``depth`` blocks."""
    return _lines(code, INDENT * depth, "")


def _lines(code: Code, indent: str, end: str) -> list[str]:
    flat = f"{indent}{code}{end}"
    if isinstance(code, str) or not code.items:
        return [flat]
    if len(flat) <= LINE_LENGTH and not code.exploded:
        return [flat]
    inner = f"{indent}{INDENT}{', '.join(map(str, code.items))}"
    if len(inner) <= LINE_LENGTH and not code.exploded and code.is_call:
        body = [inner]
    else:
        body = [line for item in code.items for line in _lines(item, indent + INDENT, ",")]
    return [f"{indent}{code.open}", *body, f"{indent}{code.close}{end}"]
