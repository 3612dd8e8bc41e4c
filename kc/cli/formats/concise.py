"""For logs and editors: one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kc.cli.formats.shown import Shown, Style, words
from kc.core.diagnostic import Diagnostic


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    for diagnostic in diagnostics:
        severity = diagnostic.severity
        kind = style.paint(f"{severity}[{diagnostic.code.id}]", severity)
        yield f"{_place(diagnostic)}: {kind} {words(diagnostic.message)}"


def page(shown: Shown) -> str:
    return "\n".join(filter(None, [*shown.parts, shown.more, shown.closing]))


def _place(diagnostic: Diagnostic) -> str:
    place = words(str(diagnostic.span or "kc"))
    # `::` and `##` at the start of a line are commands to CI systems that read the log.
    return f"./{place}" if place.startswith((":", "#")) else place
