"""Two specs compared as plain data: whether they are the same, and what differs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kc.core.tree import Path

MISSING = object()


def fingerprint(plain: Mapping[str, Any]) -> str:
    """SHA-256 of plain data; the order of keys does not count."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs."""

    path: Path
    old: Any
    new: Any

    def __str__(self) -> str:
        dotted = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)
        return f"{dotted.removeprefix('.')}: {shown(self.old)} -> {shown(self.new)}"


def difference(old: Any, new: Any) -> list[Change]:
    """Everything that differs between two trees of plain data; tuples count as lists."""
    return list(_walk((), json.loads(json.dumps(old)), json.loads(json.dumps(new))))


def _walk(path: Path, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            yield from _walk((*path, key), old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _walk((*path, index), a, b)
    elif old is MISSING or new is MISSING or old != new:
        yield Change(path, old, new)


def shown(value: Any) -> str:
    """A value as JSON, shortened."""
    if value is MISSING:
        return "(default)"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
