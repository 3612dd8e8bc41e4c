"""What kc says about a spec, its data or a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kc.core.fix import Fix
from kc.core.span import Span

MAX_ERRORS: Final = 500
"""Errors after which a computation ends: people read the first few, and more take time."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of mistake. Declared once, in ``kc/core/codes``; numbers are never reused."""

    id: str
    title: str
    why: str
    """What the rule means and why breaking it matters, in a few sentences."""
    bad: str
    """The smallest spec, data or command that breaks the rule."""
    good: str
    """The same, mended."""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Label:
    """A place with what was expected or found there."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``labels[0]`` is the place to look at, the others show the cause."""

    code: Code
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    notes: tuple[str, ...] = ()
    fix: Fix | None = None
    """What mends it, where that can be told."""

    @property
    def severity(self) -> Severity:
        return self.code.severity

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None


@dataclass(slots=True)
class Report:
    """Collects findings, so that one run shows everything."""

    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    errors: int = 0
    """How many of them are errors."""
    said: set[tuple[str, str, Span]] = field(default_factory=set[tuple[str, str, Span]])
    """What was found where: each use of a block finds the same mistakes again."""

    def add(
        self,
        code: Code,
        message: str,
        *,
        at: Span | None = None,
        label: str = "",
        cause: Label | Sequence[Label] | None = None,
        help: str | None = None,
        notes: tuple[str, ...] = (),
        fix: Fix | None = None,
    ) -> None:
        """Record one finding at a place; ``cause`` shows further ones, where they differ from it.

        The same finding at the same place counts once. Inside of a block the uses are shown, too.

        Raises:
            TooManyError: when this error is one too many.
        """
        labels: tuple[Label, ...] = ()
        if at is not None:
            finding = (code.id, message, at.written)
            if finding in self.said:
                return
            self.said.add(finding)
            causes = (cause,) if isinstance(cause, Label) else cause or ()
            others = [c for c in (*causes, *_uses(at)) if c.span.written != at.written]
            labels = (Label(at, label), *others)
        self.diagnostics.append(Diagnostic(code, message, labels, help, notes, fix))
        self.errors += code.severity is Severity.ERROR
        if self.errors >= MAX_ERRORS:
            raise TooManyError(self)

    def absorb(self, other: Report) -> None:
        """Add the findings of another report."""
        if other is not self:
            self.diagnostics.extend(other.diagnostics)
            self.errors += other.errors

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    @property
    def failed(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def raise_if_failed(self) -> None:
        """Leave the computation when there is an error.

        Raises:
            CompileError: with this report.
        """
        if self.failed:
            raise CompileError(self)


def _uses(at: Span) -> Iterator[Label]:
    """The uses of blocks around a place, from the inside."""
    while at.used is not None:
        at = at.used
        yield Label(at, "used here")


class CompileError(Exception):
    """Leaves a computation whose report holds errors."""

    def __init__(self, report: Report) -> None:
        first = next((d for d in report if d.severity is Severity.ERROR), None)
        place = f"{first.span}: " if first and first.span else ""
        text = f"{place}error[{first.code.id}]: {first.message}" if first else "failed"
        if first and first.help:
            text += f"\n  help: {first.help}"
        others = sum(d.severity is Severity.ERROR for d in report) - 1
        if others > 0:
            text += f"\nand {others} more; `.report` holds all"
        super().__init__(text)
        self.report = report


class TooManyError(CompileError):
    """Ends a computation that would find ever more of them."""


def failure(
    code: Code,
    message: str,
    *,
    at: Span | None = None,
    label: str = "",
    help: str | None = None,
    notes: tuple[str, ...] = (),
) -> CompileError:
    """An exception that carries one finding."""
    report = Report()
    report.add(code, message, at=at, label=label, help=help, notes=notes)
    return CompileError(report)
