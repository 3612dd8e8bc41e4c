"""What differs between two specs, as lines a person can act on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MISSING = object()


def difference(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """Dotted path, old and new value of everything that differs; lists count as JSON lists."""
    return list(_walk("", json.loads(json.dumps(old)), json.loads(json.dumps(new))))


def _walk(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            inner = f"{path}.{key}" if path else str(key)
            yield from _walk(inner, old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _walk(f"{path}[{index}]", a, b)
    elif old != new or old is MISSING or new is MISSING:
        yield path, old, new


def describe(path: str, old: Any, new: Any) -> str:
    """``training.seed: 0 -> 1``"""
    return f"{path}: {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    if value is MISSING:
        return "(default)"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
