"""For GitHub Actions: workflow commands, which become annotations in a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kc.cli.escape import github_message, github_property, shorten
from kc.cli.formats.shown import TEXT_WIDTH, Shown, Style, remarks
from kc.core.diagnostic import Diagnostic


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    del style
    for diagnostic in diagnostics:
        written = ",".join(f"{k}={github_property(v)}" for k, v in _properties(diagnostic).items())
        lines = [diagnostic.message, *(f"{kind}: {text}" for kind, text in remarks(diagnostic))]
        text = github_message(shorten("\n".join(lines), 2 * TEXT_WIDTH))
        yield f"::{diagnostic.severity} {written}::{text}"


def page(shown: Shown) -> str:
    return "\n".join(filter(None, [*shown.parts, shown.more]))


def _properties(diagnostic: Diagnostic) -> dict[str, str]:
    span = diagnostic.span
    place = (
        {"file": span.source.name, "line": str(span.line), "col": str(span.column)} if span else {}
    )
    return {**place, "title": diagnostic.code.id}
