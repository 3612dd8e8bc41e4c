"""For GitLab: a Code Quality report, which shows findings in a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from kc.cli.formats.json import dumps, listed
from kc.cli.formats.shown import Shown, Style, in_one_text, words
from kc.core.diagnostic import Diagnostic, Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def parts(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    del style
    seen: Counter[str] = Counter()
    for diagnostic in diagnostics:
        path, line = _place(diagnostic)
        # Without the line: a finding that only moved is the same one.
        identity = f"{diagnostic.code.id}\0{path}\0{diagnostic.message}"
        seen[identity] += 1
        yield _issue(
            diagnostic.code.id,
            in_one_text(diagnostic),
            f"{identity}\0{seen[identity]}",
            _SEVERITIES[diagnostic.severity],
            path,
            line,
        )


def page(shown: Shown) -> str:
    if not shown.more:
        return listed(shown.parts)
    path, line = _place(shown.diagnostics[-1])
    return listed([*shown.parts, _issue("kc", shown.more, "more", "info", path, line)])


def _issue(name: str, description: str, identity: str, severity: str, path: str, line: int) -> str:
    return dumps(
        {
            "check_name": name,
            "description": description,
            "fingerprint": hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest(),
            "severity": severity,
            "location": {"path": path, "lines": {"begin": line}},
        }
    )


def _place(diagnostic: Diagnostic) -> tuple[str, int]:
    span = diagnostic.span
    # GitLab compares with paths from the root of the repository, without `./`.
    return (words(span.source.name).removeprefix("./"), span.line) if span else ("kc", 1)
