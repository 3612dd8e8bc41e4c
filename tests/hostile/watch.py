"""One check of a spec under observation: what it does to the machine, and what comes out."""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import kc
from kc.cli import render
from kc.compiler.pipeline import Options, check
from kc.compiler.source.reader import decode
from kc.core.codes import CODES
from kc.core.diagnostic import CompileError, Diagnostic, Report
from kc.core.span import SourceText, Span

# Tests that run side by side slow each other down, processor time included.
MOST_SECONDS = 6.0 if "PYTEST_XDIST_WORKER" in os.environ else 2.0
MOST_MEGABYTES = 400
_OWN = tuple(str(Path(path).resolve()) for path in
             (sys.prefix, sys.base_prefix, sys.exec_prefix, Path(kc.__file__).parent))  # fmt: skip
_FORBIDDEN = ("socket.", "subprocess.", "os.", "pickle.", "ctypes.", "shutil.", "urllib.", "http.",
              "ftplib.", "smtplib.", "webbrowser.", "pty.", "signal.", "mmap.")  # fmt: skip
_HARMLESS = ("os.listdir", "os.scandir", "os.putenv")
"""Looking for modules of Python's own needs these."""


@dataclass(slots=True)
class Watch:
    """Takes what a process does, where a spec may not do it."""

    folder: Path
    seen: list[str] = field(default_factory=list[str])

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._is_allowed(event, arguments):
            self.seen.append(f"{event} {arguments!r:.200}")

    def _is_allowed(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "open":
            name, flags = arguments[0], arguments[2]
            reads = not isinstance(flags, int) or not flags & 0o3
            inside = str(name).startswith((*_OWN, str(self.folder)))
            return isinstance(name, int) or (reads and inside)
        if event == "exec":
            return _is_own(getattr(arguments[0], "co_filename", ""))
        if event == "compile":
            return _is_own(arguments[1])
        return event in _HARMLESS or not event.startswith(_FORBIDDEN)


def _is_own(filename: object) -> bool:
    # Modules that are imported at first use, and what dataclasses make of them.
    return str(filename).startswith((*_OWN, "<frozen ", "<string>"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check came to."""

    found: Sequence[Diagnostic]
    seconds: float
    problems: Sequence[str]

    @property
    def ids(self) -> set[str]:
        return {diagnostic.code.id for diagnostic in self.found}


def examine(data: bytes, folder: Path | None = None) -> Outcome:
    """Check a spec and look at all that is said about it."""
    begin = time.process_time()
    found = findings(data, folder)
    seconds = time.process_time() - begin
    problems = [*wrong(found)]
    if seconds > MOST_SECONDS:
        problems.append(f"took {seconds:.2f} s")
    return Outcome(found, seconds, problems)


def findings(data: bytes, folder: Path | None = None) -> Sequence[Diagnostic]:
    report = Report()
    name = str(folder / "spec.yaml") if folder else "spec.yaml"
    try:
        check(decode(name, data), Options(folder=folder), report)
    except CompileError as error:
        report.absorb(error.report)
    return list(report)


def peak_megabytes() -> float:
    """The most memory that this process had. What ``getrusage`` counts includes its parent's."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
    return int(found[1]) / 1024 if found else 0.0


def wrong(found: Sequence[Diagnostic]) -> Iterator[str]:
    """What no diagnostics may be: without words, of another place, unprintable."""
    for diagnostic in found:
        if diagnostic.code.id not in CODES or not diagnostic.message:
            yield f"{diagnostic.code.id} says nothing"
        spans = [label.span for label in diagnostic.labels]
        spans += [edit.span for edit in diagnostic.fix.edits] if diagnostic.fix else []
        for span in spans:
            if not lies_inside(span):
                yield f"{diagnostic.code.id} is at {span} to {span.end_line}:{span.end_column}"
    for format in render.Format:
        yield from _bad_lines(render.render(found, format).split("\n"), format)


def lies_inside(span: Span) -> bool:
    """Whether a span lies in its text, or right behind it, and does not end before it begins."""
    lines = _lines(span.source)
    ends = [(span.line, span.column), (span.end_line, span.end_column)]
    inside = (
        1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1 for line, column in ends
    )
    return ends[0] <= ends[1] and all(inside)


@lru_cache(maxsize=8)
def _lines(source: SourceText) -> Sequence[str]:
    return source.lines


def _bad_lines(lines: Iterable[str], format: render.Format) -> Iterator[str]:
    own = ("::error ", "::warning ", "::notice ") if format is render.Format.GITHUB else ()
    for line in lines:
        if not line.isprintable():
            yield f"{format}: raw characters in {line!r:.200}"
        # Three colons are kc's own, before the name of another file; no command is called `:`.
        begins = line.lstrip().startswith(("::", "##")) and not line.lstrip().startswith("::: ")
        if "##[" in line or (begins and not line.startswith(own)):
            yield f"{format}: a command in {line!r:.200}"
