"""What a user sees: the only place with colours and exit codes.

A command hands a ``Report`` to ``show``, or lets a ``CompileError`` fly: ``kc.cli.main`` shows its
report and leaves with ``exit_code``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum, StrEnum
from typing import IO

import typer

from kc.cli.escape import escape, github_message, github_property, shorten
from kc.cli.snippet import Paint, draw, gutter_width
from kc.core import codes
from kc.core.diagnostic import Code, Diagnostic, Label, Severity
from kc.core.text import count

MOST_DIAGNOSTICS = 100
MOST_CHARACTERS = 60_000  # of diagnostics; with the closing line below 64 KB
TEXT_WIDTH = 500


class ExitCode(IntEnum):
    """How every command ends."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INTERNAL = 3
    RUN_FAILED = 4
    TRIALS_FAILED = 5
    INTERRUPTED = 130


class Format(StrEnum):
    """How diagnostics are printed."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"


_CHECKS: frozenset[Code] = frozenset(
    {
        codes.NO_TRAINING, codes.BAD_TARGET, codes.UNKNOWN_MONITOR, codes.SPEC_CHANGED,
        codes.DATA_CHANGED, codes.NOT_FITTED,
    }
)  # fmt: skip
"""Codes of the series 5xx that come before anything runs."""
_USAGE: frozenset[Code] = frozenset(
    {codes.UNREADABLE, codes.NO_CHECKPOINT, codes.RUN_BUSY, codes.RUN_FOLDER, codes.DEVICE}
)
"""Codes of what the command line names and is not there, or not free."""
_COLORS = {"error": "1;31", "warning": "1;33", "gutter": "1;34", "second": "1;34", "help": "1;36",
           "message": "1", "good": "1;32"}  # fmt: skip


def exit_code(diagnostics: Iterable[Diagnostic], *, strict: bool = False) -> ExitCode:
    """How a command that found this ends; with ``strict`` warnings count as errors."""
    found = [d for d in diagnostics if strict or d.severity is Severity.ERROR]
    if not found:
        return ExitCode.CLEAN
    if any(d.code in _USAGE for d in found):
        return ExitCode.USAGE
    failed = any(d.code.id.startswith("KC5") and d.code not in _CHECKS for d in found)
    return ExitCode.RUN_FAILED if failed else ExitCode.FINDINGS


def show(
    diagnostics: Iterable[Diagnostic],
    format: Format = Format.FULL,
    *,
    closing: str = "",
    file: IO[str] | None = None,
) -> None:
    """Print diagnostics on the standard error, or on another stream."""
    stream = sys.stderr if file is None else file
    text = render(list(diagnostics), format, color=has_color(stream), closing=closing)
    if text:
        print(text, file=stream)


def render(
    diagnostics: Sequence[Diagnostic],
    format: Format = Format.FULL,
    *,
    color: bool = False,
    closing: str = "",
) -> str:
    """Diagnostics as text, bounded in number and size."""
    paint = _paint(color)
    diagnostics = _ordered(diagnostics)
    if format is Format.JSON:
        return _json(diagnostics)
    one = {Format.FULL: _full, Format.CONCISE: _concise, Format.GITHUB: _github}[format]
    parts = list(_bounded(one(diagnostic, paint) for diagnostic in diagnostics))
    if len(parts) < len(diagnostics):
        parts.append(f"and {len(diagnostics) - len(parts):,} more")
    if closing and format is not Format.GITHUB:
        role = "good" if not diagnostics else "message"
        parts.append(paint(escape(closing), role))
    return ("\n\n" if format is Format.FULL else "\n").join(parts)


def closing_line(diagnostics: Sequence[Diagnostic], names: Sequence[str]) -> str:
    """``found 2 errors and 1 warning in spec.yaml``, or ``spec.yaml: ok``."""
    where = names[0] if len(names) == 1 else count(len(names), "file")
    where = shorten(where, TEXT_WIDTH)
    errors = sum(d.severity is Severity.ERROR for d in diagnostics)
    warnings = len(diagnostics) - errors
    found = [count(n, noun) for n, noun in ((errors, "error"), (warnings, "warning")) if n]
    return f"found {' and '.join(found)} in {where}" if found else f"{where}: ok"


def usage_error(message: str, help: str | None = None) -> typer.Exit:
    """Say what is wrong with the command line; to be raised."""
    return _failure(message, help, ExitCode.USAGE)


def internal_error(error: BaseException) -> ExitCode:
    """Say that kc itself is at fault, without a traceback."""
    what = shorten(f"{type(error).__name__}: {error}".partition("\n")[0], TEXT_WIDTH)
    help = "run `kc --traceback ...` and report the output, it is a defect of kc"
    return ExitCode(_failure(f"internal error: {what}", help, ExitCode.INTERNAL).exit_code)


def has_color(file: IO[str]) -> bool:
    """Whether a stream is a terminal whose user did not ask for plain text."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and file.isatty()


def _failure(message: str, help: str | None, code: ExitCode) -> typer.Exit:
    paint = _paint(has_color(sys.stderr))
    print(f"{paint('error', 'error')}: {escape(message)}", file=sys.stderr)
    if help:
        print(f"  {paint('=', 'gutter')} {paint('help', 'help')}: {escape(help)}", file=sys.stderr)
    return typer.Exit(code)


def _paint(color: bool, severity: Severity = Severity.ERROR) -> Paint:
    def paint(text: str, role: str) -> str:
        style = _COLORS[severity if role == "severity" else role]
        return f"\x1b[{style}m{text}\x1b[0m" if color and text else text

    return paint


def _ordered(diagnostics: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
    """By place, from the top of each text; errors first where not all can be shown."""
    sources = list(dict.fromkeys(d.span.source for d in diagnostics if d.span))
    first = {source: number for number, source in enumerate(sources)}

    def place(diagnostic: Diagnostic) -> tuple[bool, int, int, int]:
        span = diagnostic.span
        late = len(diagnostics) > MOST_DIAGNOSTICS and diagnostic.severity is not Severity.ERROR
        return (late, first[span.source], span.line, span.column) if span else (late, -1, 0, 0)

    return sorted(diagnostics, key=place)


def _bounded(parts: Iterable[str]) -> Iterator[str]:
    """The parts that fit the bounds on number and size."""
    room = MOST_CHARACTERS
    for number, part in enumerate(parts):
        # An escaped character of a terminal takes at most four bytes.
        room -= len(part.encode("utf-8", "replace")) + 2
        if number >= MOST_DIAGNOSTICS or room < 0:
            return
        yield part


def _text(text: str) -> str:
    return shorten(escape(text), TEXT_WIDTH)


def _full(diagnostic: Diagnostic, paint: Paint) -> str:
    severity = diagnostic.severity
    head = paint(f"{severity}[{diagnostic.code.id}]", severity)
    lines = [f"{head}{paint(f': {_text(diagnostic.message)}', 'message')}"]
    painted = _paint(paint("x", "error") != "x", severity)
    if diagnostic.labels:
        lines.extend(draw(diagnostic.labels, painted))
    margin = " " * gutter_width(diagnostic.labels)
    for kind, text in _remarks(diagnostic):
        lines.append(f"{margin} {paint('=', 'gutter')} {paint(kind, 'help')}: {_text(text)}")
    return "\n".join(lines)


def _remarks(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    if diagnostic.help:
        yield "help", diagnostic.help
    for note in diagnostic.notes:
        yield "note", note


def _concise(diagnostic: Diagnostic, paint: Paint) -> str:
    severity = diagnostic.severity
    kind = paint(f"{severity}[{diagnostic.code.id}]", severity)
    place = _text(str(diagnostic.span or "kc"))
    if place.startswith((":", "#")):
        # `::` and `##` at the start of a line are commands to CI systems that read the log.
        place = f"./{place}"
    return f"{place}: {kind} {_text(diagnostic.message)}"


def _github(diagnostic: Diagnostic, paint: Paint) -> str:
    del paint
    properties = {"title": diagnostic.code.id}
    if span := diagnostic.span:
        properties = {
            "file": span.source.name,
            "line": str(span.line),
            "col": str(span.column),
            **properties,
        }
    written = ",".join(f"{key}={github_property(value)}" for key, value in properties.items())
    text = "\n".join(
        [diagnostic.message, *(f"{kind}: {words}" for kind, words in _remarks(diagnostic))]
    )
    return f"::{diagnostic.severity} {written}::{github_message(shorten(text, 2 * TEXT_WIDTH))}"


def _json(diagnostics: Sequence[Diagnostic]) -> str:
    objects = (json.dumps(_object(diagnostic)) for diagnostic in diagnostics)
    # JSON leaves DEL as it is, and terminals do not.
    parts = list(_bounded(text.replace("\x7f", "\\u007f") for text in objects))
    if len(parts) < len(diagnostics):
        more = f"and {len(diagnostics) - len(parts):,} more"
        parts.append(json.dumps({"code": None, "severity": "note", "message": more}))
    return "[\n" + ",\n".join(f"  {part}" for part in parts) + "\n]" if parts else "[]"


def _object(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "code": diagnostic.code.id,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **(_place(diagnostic.labels[0]) if diagnostic.labels else {}),
        "help": diagnostic.help,
        "notes": list(diagnostic.notes),
        "labels": [{**_place(label), "text": label.text} for label in diagnostic.labels],
    }


def _place(label: Label) -> dict[str, object]:
    span = label.span
    return {
        "path": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
