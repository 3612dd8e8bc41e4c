"""How much memory this process may still take."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_FILES = (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes"))
"""Limit and use of a control group, of version 2 and of version 1."""


def available() -> int:
    """Bytes: the least of what the machine, control groups and the limits of the process leave."""
    return max(0, min(_left(), default=2**63 - 1))


def _left() -> Iterator[int]:
    for line in _text(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024
    for group in _groups():
        for limit, used in _FILES:
            most, taken = _text(group / limit).strip(), _text(group / used).strip()
            if most.isdigit() and taken.isdigit():
                yield int(most) - int(taken)
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        pages = (_text(Path("/proc/self/statm")) or "0").split()[0]
        yield most - int(pages) * resource.getpagesize()


def _groups() -> Iterator[Path]:
    """The folders of the process's control groups for memory, and of those around them."""
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in {"", "memory"}:
            own = _GROUPS / controllers / path.lstrip("/")
            # Inside of a container the path may be that of the machine, and its end not be there.
            yield from (place for place in (own, *own.parents) if place.is_relative_to(_GROUPS))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
