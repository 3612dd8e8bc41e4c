"""How a code is declared."""

from __future__ import annotations

from kc.core.diagnostic import Code, Severity

DECLARED: dict[str, Code] = {}


def declare(
    id: str, title: str, why: str, bad: str, good: str, severity: Severity = Severity.ERROR
) -> Code:
    """A code, remembered under its number."""
    code = Code(id, title, why, bad.strip("\n"), good.strip("\n"), severity)
    DECLARED[id] = code
    return code
