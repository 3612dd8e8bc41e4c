"""What a user sees: the only place with colours and exit codes.

A command hands a ``Report`` to ``show``, or lets a ``CompileError`` fly: ``kc.cli.main`` shows its
report and leaves with ``exit_code``.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum, StrEnum
from typing import IO, TYPE_CHECKING

import typer

from kc.cli.escape import escape, shorten
from kc.cli.formats.shown import TEXT_WIDTH, Shown, Style
from kc.core import codes
from kc.core.diagnostic import Code, Diagnostic, Severity
from kc.core.text import count

if TYPE_CHECKING:
    from kc.cli.snippet import Paint

MOST_DIAGNOSTICS = 100
MOST_BYTES = 60_000  # of diagnostics; with the closing line below 64 KB


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
    """How diagnostics are written; each is a module in ``kc/cli/formats``."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    SARIF = "sarif"

    @property
    def is_for_people(self) -> bool:
        return self in {Format.FULL, Format.CONCISE}


class FailOn(StrEnum):
    """Which findings a command fails on."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"

    @property
    def severities(self) -> frozenset[Severity]:
        match self:
            case FailOn.ERROR:
                return frozenset({Severity.ERROR})
            case FailOn.WARNING:
                return frozenset(Severity)
            case FailOn.NEVER:
                return frozenset()


_CHECKS: frozenset[Code] = frozenset(
    {
        codes.NO_TRAINING, codes.BAD_TARGET, codes.UNKNOWN_MONITOR, codes.SPEC_CHANGED,
        codes.DATA_CHANGED, codes.NOT_FITTED,
    }
)  # fmt: skip
"""Codes of the series 5xx that come before anything runs."""
_USAGE: frozenset[Code] = frozenset(
    {
        codes.UNREADABLE, codes.NO_CHECKPOINT, codes.RUN_BUSY, codes.RUN_FOLDER, codes.DEVICE,
        codes.NOTHING_TAKEN, codes.NO_TRIALS,
    }
)  # fmt: skip
"""Codes of what the command line names and is not there, or not free."""
_COLORS = {"error": "1;31", "warning": "1;33", "gutter": "1;34", "second": "1;34", "help": "1;36",
           "message": "1", "good": "1;32"}  # fmt: skip


def exit_code(diagnostics: Iterable[Diagnostic], fail_on: FailOn = FailOn.ERROR) -> ExitCode:
    """How a command that found this ends. What cannot be read is no finding: it fails always."""
    found = list(diagnostics)
    if any(d.code in _USAGE for d in found):
        return ExitCode.USAGE
    found = [d for d in found if d.severity in fail_on.severities]
    if not found:
        return ExitCode.CLEAN
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
    fail_on: FailOn = FailOn.ERROR,
) -> str:
    """Diagnostics as text, bounded in number and size."""
    diagnostics = _ordered(diagnostics)
    if not (diagnostics or closing) and format.is_for_people:
        return ""
    writer = importlib.import_module(f"kc.cli.formats.{format}")
    paint = _paint(color and format.is_for_people)
    style = Style(paint, fail_on.severities)
    parts = list(_bounded(writer.parts(diagnostics, style)))
    closing = paint(escape(closing), "message" if diagnostics else "good")
    left_out = len(diagnostics) - len(parts)
    shown = Shown(diagnostics[: len(parts)], parts, style, left_out, closing)
    return writer.page(shown)


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


def _paint(color: bool) -> Paint:
    def paint(text: str, role: str) -> str:
        return f"\x1b[{_COLORS[role]}m{text}\x1b[0m" if color and text else text

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
    room = MOST_BYTES
    for number, part in enumerate(parts):
        # An escaped character of a terminal takes at most four bytes.
        room -= len(part.encode("utf-8", "replace")) + 2
        if number >= MOST_DIAGNOSTICS or room < 0:
            return
        yield part
