"""For programs: a list of objects, one on a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from kc.cli.formats.shown import Shown, Style
from kc.core.diagnostic import Diagnostic, Label
from kc.core.fix import Fix


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    del style
    for diagnostic in diagnostics:
        yield dumps(_object(diagnostic))


def page(shown: Shown) -> str:
    more = {"code": None, "severity": "note", "message": shown.more}
    return listed([*shown.parts, *([dumps(more)] if shown.more else [])])


def dumps(value: object) -> str:
    """One line of ASCII, without what JSON leaves as it is: DEL, and GitHub's `##[`."""
    return json.dumps(value).replace("\x7f", "\\u007f").replace("##[", "##\\u005b")


def listed(objects: Iterable[str]) -> str:
    """Objects as a list, one on a line."""
    lines = ",\n".join(f"  {text}" for text in objects)
    return f"[\n{lines}\n]" if lines else "[]"


def _object(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "code": diagnostic.code.id,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **(_place(diagnostic.labels[0]) if diagnostic.labels else {}),
        "help": diagnostic.help,
        "notes": list(diagnostic.notes),
        "labels": [{**_place(label), "text": label.text} for label in diagnostic.labels],
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [{**_place(Label(edit.span)), "text": edit.new} for edit in fix.edits],
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
