"""Warnings that a comment takes back: ``# kc: ignore[KC804]``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kc.compiler.source.comments import Comment, comments
from kc.core import codes
from kc.core.diagnostic import Diagnostic, Report, Severity
from kc.core.fix import Edit, Fix
from kc.core.span import SourceText

_START = re.compile(r"#[ \t]*kc:[ \t]*ignore\b")
_REST = re.compile(r"\[(?P<codes>[^\]]{0,256})\](?=\s|$)|(?=\s*(#|$))")
"""Some codes in brackets, and a reason where one is given; or nothing but another comment."""


@dataclass(slots=True)
class _Ignore:
    """A comment that takes back the warnings of a line."""

    comment: Comment
    codes: tuple[str, ...] | None
    """Those it takes back; empty for all. None where it cannot be read."""
    used: set[str] = field(default_factory=set[str])

    def names(self, id: str) -> bool:
        """Whether it takes back warnings of this code."""
        return self.codes is not None and (not self.codes or id in self.codes)


_ByLine = Mapping[int, Sequence[_Ignore]]


def apply_ignores(source: SourceText, report: Report) -> None:
    """Remove the warnings that comments take back, each by a comment of the text that it is in.

    Comments of the checked text that are wrong, or take nothing back, are reported; not beside
    errors, since those keep warnings from being found.
    """
    warned = {d.span.source for d in report if d.span and d.severity is Severity.WARNING}
    found = {text: _ignores(text) for text in ({*warned} if report.failed else {*warned, source})}
    report.diagnostics[:] = [d for d in report if not _is_taken(d, found)]
    if not report.failed:
        for ignore in (ignore for line in found[source].values() for ignore in line):
            _check(ignore, report)


def _is_taken(diagnostic: Diagnostic, found: Mapping[SourceText, _ByLine]) -> bool:
    span = diagnostic.span
    if span is None or diagnostic.severity is not Severity.WARNING:
        return False
    id = diagnostic.code.id
    here = [ignore for ignore in found[span.source].get(span.line, ()) if ignore.names(id)]
    for ignore in here:
        ignore.used.add(id)
    return bool(here)


def _ignores(source: SourceText) -> _ByLine:
    """The ignores of a text, by the line whose warnings they take back."""
    if _START.search(source.text) is None:
        return {}
    written = list(comments(source))
    found: dict[int, list[_Ignore]] = {}
    for comment, line in zip(written, _lines(written), strict=True):
        if start := _START.search(comment.text):
            found.setdefault(line, []).append(_ignore(comment, start.end()))
    return found


def _lines(written: Sequence[Comment]) -> Sequence[int]:
    """The line that each comment is about: its own, or the one below comments that stand alone."""
    about: dict[int, int] = {}
    for comment in reversed(written):
        line = comment.span.line
        about[line] = about.get(line + 1, line + 1) if comment.alone else line
    return [about[comment.span.line] for comment in written]


def _ignore(comment: Comment, start: int) -> _Ignore:
    rest = _REST.match(comment.text, start)
    if rest is None:
        return _Ignore(comment, None)
    text: str | None = rest["codes"]
    return _Ignore(comment, tuple(id.strip() for id in text.split(",")) if text else ())


def _check(ignore: _Ignore, report: Report) -> None:
    """Report what is wrong with an ignore."""
    if ignore.codes is None:
        _wrong(ignore, "this names no codes to ignore", "write `# kc: ignore[KC804]`", report)
        return
    for id in ignore.codes:
        code = codes.CODES.get(id)
        if code is None:
            _wrong(ignore, f"there is no code `{id}`", "`kc explain` lists the codes", report)
        elif code.severity is Severity.ERROR:
            _wrong(ignore, f"{id} is an error, which nothing can ignore", "remove it", report)
        elif id not in ignore.used:
            _wrong(ignore, f"there is no {id} to ignore here", "remove it", report)
    if not ignore.codes and not ignore.used:
        _wrong(ignore, "there is nothing to ignore here", "remove it", report)


def _wrong(ignore: _Ignore, message: str, help: str, report: Report) -> None:
    comment, fix = ignore.comment, None
    if not ignore.used and _START.match(comment.text):
        fix = Fix("remove the comment", (Edit(comment.whole, comment.whole.text, ""),))
    report.add(codes.USELESS_IGNORE, message, at=comment.span, help=help, fix=fix)
