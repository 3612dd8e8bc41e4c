"""For people: the lines of the spec with marks under them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kc.cli.formats.shown import Shown, Style, remarks, words
from kc.cli.snippet import Paint, draw, gutter_width
from kc.core.diagnostic import Diagnostic


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    for diagnostic in diagnostics:
        yield "\n".join(_lines(diagnostic, style.paint))


def page(shown: Shown) -> str:
    return "\n\n".join(filter(None, [*shown.parts, shown.more, shown.closing]))


def _lines(diagnostic: Diagnostic, paint: Paint) -> Iterator[str]:
    severity = diagnostic.severity

    def painted(text: str, role: str) -> str:
        return paint(text, severity if role == "severity" else role)

    head = paint(f"{severity}[{diagnostic.code.id}]", severity)
    yield f"{head}{paint(f': {words(diagnostic.message)}', 'message')}"
    if diagnostic.labels:
        yield from draw(diagnostic.labels, painted)
    margin = " " * gutter_width(diagnostic.labels)
    for kind, text in remarks(diagnostic):
        yield f"{margin} {paint('=', 'gutter')} {paint(kind, 'help')}: {words(text)}"
