"""Lines of a source with marks under what a diagnostic speaks of."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from kc.cli.escape import escape, shorten
from kc.core.diagnostic import Label
from kc.core.span import SourceText

LINE_WIDTH = 80
LABEL_WIDTH = 200
TAB = "    "

Paint = Callable[[str, str], str]
"""Colours a text by its role: ``severity``, ``gutter``, ``second`` or ``help``."""


@dataclass(frozen=True, slots=True)
class _Mark:
    label: Label
    primary: bool


def gutter_width(labels: Sequence[Label]) -> int:
    """Columns that the largest line number takes."""
    return max((len(str(label.span.line)) for label in labels), default=1)


def draw(labels: Sequence[Label], paint: Paint) -> Iterator[str]:
    """The snippet: a block for each source, the one of the first label on top.

    Every line begins with kc's own text, a number or the gutter: text of a spec at the start of a
    line could be a command to a CI system that reads the log.
    """
    width = gutter_width(labels)
    marks = [_Mark(label, label is labels[0]) for label in labels]
    sources = list(dict.fromkeys(label.span.source for label in labels))
    for source in sources:
        inside = [mark for mark in marks if mark.label.span.source is source]
        arrow = "-->" if source is sources[0] else ":::"
        yield f"{' ' * width}{paint(arrow, 'gutter')} {_place(inside[0].label)}"
        if source.text:
            yield from _block(source, inside, width, paint)


def _place(label: Label) -> str:
    span = label.span
    # An empty text stands for a file that could not be read: its name is all there is to show.
    return escape(str(span) if span.source.text else span.source.name)


def _block(source: SourceText, marks: list[_Mark], width: int, paint: Paint) -> Iterator[str]:
    bar = paint("|", "gutter")
    yield f"{' ' * width} {bar}"
    lines = _lines(source)
    marks = sorted(marks, key=lambda mark: (mark.label.span.line, mark.label.span.column))
    before: int | None = None
    for number, group in groupby(marks, key=lambda mark: mark.label.span.line):
        if before is not None and number - before > 2:
            yield "..."
        before = number
        line = lines[number - 1] if number <= len(lines) else ""
        for text, below in _marked(line, list(group), paint):
            yield f"{paint(f'{number:>{width}}', 'gutter')} {bar} {text}".rstrip()
            for mark in below:
                yield f"{' ' * width} {bar} {mark}"


@lru_cache(maxsize=8)
def _lines(source: SourceText) -> Sequence[str]:
    # A hundred findings in a file of a megabyte split it once.
    return source.lines


def _marked(line: str, marks: list[_Mark], paint: Paint) -> Iterator[tuple[str, list[str]]]:
    """The line with its marks below; a long line once for each mark, cut around it."""
    if len(_shown(line)) <= LINE_WIDTH:
        yield _shown(line), [_underline(line, mark, paint) for mark in marks]
        return
    for mark in marks:
        span = mark.label.span
        start = max(0, span.column - 1 - LINE_WIDTH // 3)
        part = line[start : start + LINE_WIDTH]
        left = "..." if start else ""
        right = "..." if start + LINE_WIDTH < len(line) else ""
        marked = _underline(part, mark, paint, offset=start, indent=len(left))
        yield f"{left}{_shown(part)}{right}", [marked]


def _underline(line: str, mark: _Mark, paint: Paint, offset: int = 0, indent: int = 0) -> str:
    span = mark.label.span
    first = span.column - 1 - offset
    # A span over several lines is marked to the end of its first one.
    last = span.end_column - 1 - offset if span.end_line == span.line else len(line.rstrip())
    blanks = indent + _columns(_shown(line[:first])) + max(0, first - len(line))
    length = max(1, _columns(_shown(line[first:last])))
    role = "severity" if mark.primary else "second"
    text = shorten(escape(mark.label.text), LABEL_WIDTH)
    return " " * blanks + paint(f"{('^' if mark.primary else '-') * length} {text}".rstrip(), role)


def _shown(text: str) -> str:
    return escape(text.replace("\t", TAB))


def _columns(text: str) -> int:
    """Columns that a text takes on a terminal: East Asian characters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in {"W", "F"})
        for c in text
    )
