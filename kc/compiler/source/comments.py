"""Comments of a YAML text. libyaml passes over them, so they are found in what it leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from yaml.events import ScalarEvent

from kc.compiler.source.reader import events
from kc.core.span import SourceText, Span

_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*")


class Comment(NamedTuple):
    """A comment, from its ``#`` to the end of the line."""

    text: str
    span: Span
    alone: bool
    """Whether nothing stands before it."""
    whole: Span
    """The comment with the blanks before it, and all of the line where it stands alone."""


def comments(source: SourceText) -> Iterator[Comment]:
    """All comments of a text in their order, found in time linear in its length.

    Raises:
        CompileError: when the text is not YAML.
    """
    for first, last in _gaps(source):
        for found in _COMMENT.finditer(source.text, first, last):
            line, column = source.position(found.start())
            before = source.text[found.start() - column + 1 : found.start()]
            span = Span(source, line, column, line, column + len(found[0]))
            whole = replace(span, column=len(before.rstrip()) + 1)
            if whole.column == 1 and line < len(source.starts):
                whole = Span(source, line, 1, line + 1, 1)
            yield Comment(found[0], span, not before.strip(), whole)


def _gaps(source: SourceText) -> Iterator[tuple[int, int]]:
    """The parts of a text where a ``#`` begins a comment.

    They are what no scalar takes, and the first line of a block scalar, after ``|`` or ``>``.
    """
    done = 0
    for event in events(source, source.text):
        if isinstance(event, ScalarEvent):
            start, end = event.start_mark.index, event.end_mark.index
            yield done, start
            if event.style in {"|", ">"} and (head := _LINE.match(source.text, start)):
                yield head.span()
            done = end
    yield done, len(source.text)
