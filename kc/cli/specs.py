"""Which specs a command line names: files, folders, patterns and the standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from kc.compiler.source.files import read_bytes, unreadable
from kc.core.diagnostic import CompileError, Report

_SUFFIXES = (".yaml", ".yml")
_SPEC = re.compile(rb"""^[\s{]*["']?kc["']?[ \t]*:""", re.MULTILINE)
_PEEK_BYTES = 65_536
_PATTERN = re.compile(r"[*?\[]")


def find_specs(paths: Sequence[str], report: Report) -> Sequence[str]:
    """Paths of specs, each once: files as given, what patterns match, and what folders hold."""
    found: dict[str, None] = {}
    for path in paths:
        for match in _matches(path, report):
            found.update(dict.fromkeys(_inside(match, report) if _is_folder(match) else [match]))
    return list(found)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except ValueError:  # a NUL; reading it says so
        return False


def _matches(path: str, report: Report) -> Sequence[str]:
    """The paths that a pattern means. Shells expand some, and no shell of Windows does."""
    if not _PATTERN.search(path) or os.path.lexists(path):
        return [path]
    import glob  # here: most command lines have no pattern

    found = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  # pathlib refuses `/*.yaml`
    if not found:
        report.absorb(unreadable(path, "no file matches").report)
    return found


def _inside(folder: str, report: Report) -> Sequence[str]:
    found = list(_search(folder))
    if not found:
        error = unreadable(folder, "the folder holds no YAML file with a `kc:` line")
        report.absorb(error.report)
    return found


def _search(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if name.endswith(_SUFFIXES) and path.is_file() and _is_spec(str(path)):
                yield str(path)


def _is_spec(path: str) -> bool:
    try:
        return _SPEC.search(read_bytes(path, _PEEK_BYTES)) is not None
    except CompileError:
        return True  # checking it says what is wrong
