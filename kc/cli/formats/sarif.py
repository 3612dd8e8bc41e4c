"""For code scanning (GitHub, Azure, editors): SARIF 2.1.0.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kc.cli.formats.json import dumps, listed
from kc.cli.formats.shown import Shown, Style, codes_of, in_one_text, words
from kc.core import codes
from kc.core.diagnostic import Code, Diagnostic, Label
from kc.core.fix import Edit, Fix
from kc.core.span import Span
from kc.core.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_NAMES = {
    value.id: name.title().replace("_", "")
    for name, value in vars(codes).items()
    if isinstance(value, Code)
}
"""``DuplicateKey`` and the like, by number."""


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    del style
    for diagnostic in diagnostics:
        yield dumps(_result(diagnostic))


def page(shown: Shown) -> str:
    rules = listed(dumps(_rule(code)) for code in codes_of(shown.diagnostics))
    driver = f'{{"name": "kc", "version": {json.dumps(VERSION)}, "rules": {rules}}}'
    notes = [{"level": "note", "message": {"text": shown.more}}] if shown.more else []
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": notes}
    return (
        f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{{\n'
        f'"tool": {{"driver": {driver}}},\n'
        f'"columnKind": "unicodeCodePoints",\n'
        f'"invocations": [{dumps(invocation)}],\n'
        f'"results": {listed(shown.parts)}\n'
        "}]}"
    )


def _rule(code: Code) -> dict[str, Any]:
    example = f"Instead of\n\n```yaml\n{code.bad}\n```\n\nwrite\n\n```yaml\n{code.good}\n```\n"
    return {
        "id": code.id,
        "name": _NAMES.get(code.id, code.id),
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.why},
        "help": {
            "text": f"{code.why}\n\ninstead of:\n{code.bad}\n\nwrite:\n{code.good}\n",
            "markdown": f"{code.why}\n\n{example}",
        },
        "defaultConfiguration": {"level": str(code.severity)},
    }


def _result(diagnostic: Diagnostic) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code.id,
        "level": str(diagnostic.severity),
        "message": {"text": _message(in_one_text(diagnostic))},
    }
    if diagnostic.labels:
        first, *others = diagnostic.labels
        result["locations"] = [_location(first)]
        result["relatedLocations"] = [_location(label) for label in others]
    if diagnostic.fix and all(edit.fits for edit in diagnostic.fix.edits):
        result["fixes"] = [_fix(diagnostic.fix)]
    return result


def _fix(fix: Fix) -> dict[str, Any]:
    files: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        files.setdefault(_uri(edit.span.source.name), []).append(edit)
    changes = [
        {
            "artifactLocation": {"uri": uri},
            "replacements": [
                {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.new}}
                for edit in edits
            ],
        }
        for uri, edits in files.items()
    ]
    title = fix.title if fix.safe else f"{fix.title} (look whether you mean it)"
    return {"description": {"text": _message(words(title))}, "artifactChanges": changes}


def _message(text: str) -> str:
    # `[words](address)` is a link there, and a spec shall not make any.
    return text.replace("](", "] (")


def _location(label: Label) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": _uri(label.span.source.name)},
        "region": _region(label.span),
    }
    message = {"message": {"text": _message(words(label.text))}} if label.text else {}
    return {"physicalLocation": place, **message}


def _region(span: Span) -> dict[str, int]:
    # Columns count from 1, and an end is exclusive, as ours.
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _uri(name: str) -> str:
    # A colon in the first part of a path would be taken for a scheme.
    path = quote(name.removeprefix("./"), safe="/", errors="replace")
    return f"file://{path}" if Path(name).is_absolute() else path
