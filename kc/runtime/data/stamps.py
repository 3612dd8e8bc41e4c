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
        return next(path for path in paths if found.get(path) != self.found.get(path))


def _stamps(folder: Path, files: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    for name in files:
        try:
            for path in _inside(folder / name):
                status = path.stat()
                yield str(path.relative_to(folder)), (status.st_size, status.st_mtime_ns)
        except OSError:
            yield name, (-1, -1)


def _inside(path: Path) -> Iterator[Path]:
    """The file, or some of the files of a folder."""
    if not path.is_dir():
        yield path
        return
    left = _LOOKED
    for root, folders, names in os.walk(path):
        folders.sort()
        yield Path(root)
        for name in sorted(names)[:left]:
            yield Path(root, name)
        left -= min(left, len(names))
