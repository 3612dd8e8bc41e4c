"""libyaml's complaints in plain words, with the place where the trouble began."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml
from yaml.error import Mark

from kc.core import codes
from kc.core.diagnostic import CompileError, Label, Report
from kc.core.span import SourceText, Span

_PROBLEMS: Mapping[str, str] = {
    "mapping values are not allowed in this context": "a `:` cannot stand here",
    "found character that cannot start any token": "no value can begin with this character",
    "block sequence entries are not allowed in this context": "a list item cannot stand here",
    "found unexpected end of stream": "the text ends inside of quotes",
    "could not find expected ':'": "expected `:` after a key",
    "did not find expected key": "expected a key of the map, or its end",
    "did not find expected '-' indicator": "expected `-`, or the end of the list",
    "did not find expected <document start>": "the spec has ended, but text follows",
}
_CONTEXTS: Mapping[str, str] = {
    "while parsing a flow mapping": "in the map that begins here",
    "while parsing a block mapping": "in the map that begins here",
    "while parsing a flow sequence": "in the list that begins here",
    "while parsing a block collection": "in the list that begins here",
    "while scanning a quoted scalar": "in the text that begins here",
    "while scanning a simple key": "this may be meant as a key",
}


def syntax_error(source: SourceText, error: yaml.MarkedYAMLError) -> CompileError:
    """The error of a text that is not YAML."""
    mark, beginning = error.problem_mark or error.context_mark, error.context_mark
    span = _place(source, mark)
    cause = None
    words = _CONTEXTS.get(error.context or "")
    if words and mark and beginning and beginning.index != mark.index:
        cause = Label(_place(source, beginning), words)
    report = Report()
    message = _message(error.problem or "the text is not YAML")
    report.add(codes.YAML_SYNTAX, message, at=span, cause=cause, help=_help(span, message))
    return CompileError(report)


def _message(problem: str) -> str:
    """``did not find expected ',' or '}'`` -> ``expected `,` or `}```."""
    known = _PROBLEMS.get(problem)
    return known or re.sub(r"'(.)'", r"`\1`", problem.replace("did not find expected", "expected"))


def _place(source: SourceText, mark: Mark | None) -> Span:
    if mark is None:
        return Span(source, 1, 1, 1, 2)
    lines = source.lines
    line, column = mark.line + 1, mark.column + 1
    if not "".join(lines[mark.line :]).strip():
        # The end of the text: the end of its last line that says something.
        line = max((i for i, text in enumerate(lines, 1) if text.strip()), default=1)
        column = len(source.line(line).rstrip()) + 1
    return Span(source, line, column, line, min(column + 1, len(source.line(line)) + 1))


def _help(span: Span, message: str) -> str:
    line = span.source.line(span.line)
    if "${" in line:
        return "write `$name`, without braces"
    if "\t" in line[: span.column]:
        return "indent with spaces, YAML does not allow tabs"
    if message.startswith("expected `") and "or `" in message:
        return "close the bracket, or put a comma"
    if message.startswith("no value can begin"):
        return "put the text in quotes"
    return "check indentation, colons, brackets and quotes here and just above"
