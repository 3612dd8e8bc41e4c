"""Data files that a spec names. All of them are opened here."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import nearest

_LISTED = 1000  # names of a folder that are looked through for a near miss


def open_file(folder: Path, path: str) -> BinaryIO:
    """A regular file in or below a folder, links followed, open for reading.

    Raises:
        DataError: when it lies elsewhere, does not exist or is no regular file.
    """
    place = _locate(folder, path)
    try:
        # Opening a pipe would wait for its writer.
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        match = nearest(place.name, _names_beside(place))
        raise DataError(
            codes.DATA_FILE,
            f"there is no file `{path}`",
            f"did you mean `{_beside(path, match)}`?"
            if match
            else "paths are relative to the folder of the spec",
        ) from None
    except OSError as error:
        raise DataError(
            codes.DATA_FILE, f"`{path}` cannot be read: {(error.strerror or '').lower()}"
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DataError(codes.DATA_FILE, f"`{path}` is no regular file", "name a file of data")
    return os.fdopen(descriptor, "rb")


def _locate(folder: Path, path: str) -> Path:
    """The path without links, which lies in the folder."""
    if "\0" in path:
        raise DataError(codes.DATA_FILE, "a path cannot hold a NUL character")
    root = Path(os.path.realpath(folder))
    place = Path(os.path.realpath(root / path))
    if not place.is_relative_to(root):
        raise DataError(
            codes.DATA_PATH,
            f"`{path}` lies outside of the spec's folder",
            "put the file beside the spec or below it; a link does not help",
        )
    return place


def _names_beside(place: Path) -> list[str]:
    try:
        with os.scandir(place.parent) as found:
            return [entry.name for entry, _ in zip(found, range(_LISTED), strict=False)]
    except OSError:
        return []


def _beside(path: str, name: str) -> str:
    return str(Path(path).with_name(name))
