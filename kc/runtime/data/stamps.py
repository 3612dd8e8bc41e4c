"""Telling cheaply whether files changed while they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOKED = 10_000
"""Files of a folder that are looked at; more would take longer than they are worth."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """Sizes and times of files, as they were when reading began."""

    folder: Path
    files: Sequence[str]
    found: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, folder: Path, files: Sequence[str]) -> Stamps:
        return cls(folder, files, dict(_stamps(folder, files)))

    def changed(self) -> str | None:
        """A file that is not as it was, if there is one."""
        found = dict(_stamps(self.folder, self.files))
        if found == self.found:
            return None
        paths = {**self.found, **found}
        changed = next(path for path in paths if found.get(path) != self.found.get(path))
        return os.path.relpath(changed, self.folder)


def _stamps(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for name in files:
        for path in _inside(f"{folder}/{name}"):
            try:
                status = os.stat(path)  # noqa: PTH116  ten times as fast as a Path
            except OSError:
                yield path, (-1, -1)
            else:
                yield path, (status.st_size, status.st_mtime_ns)


def _inside(path: str) -> Iterator[str]:
    """The file, or the folders below and some of their files."""
    yield path
    left = _LOOKED
    for root, folders, names in os.walk(path):
        folders.sort()
        yield from (f"{root}/{name}" for name in folders)
        yield from (f"{root}/{name}" for name in sorted(names)[:left])
        left -= min(left, len(names))
