"""Data files that a spec names. All of them are opened here."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from kc.core import codes
from kc.core.data import DataError
from kc.core.text import nearest

_LISTED: Final = 1000
"""Names of a folder that are looked through for a near miss."""
_MOST: Final = 5_000_000
"""Bound on the entries of a folder, for what has no end: some network and process file systems."""
_DEEPEST: Final = 32


def open_file(folder: Path, path: str) -> BinaryIO:
    """A regular file in or below a folder, links followed, open for reading.

    Raises:
        DataError: when it lies elsewhere, does not exist or is no regular file.
    """
    return _opened(_locate(folder, path), path)


class Opener:
    """Opens many files of a folder: it follows the links of each folder inside only once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._inside: dict[str, str] = {}
        """Folders without links, by how paths name them."""

    def open(self, path: str) -> BinaryIO:
        """As ``open_file``."""
        head, _, name = path.rpartition("/")
        if head not in self._inside:
            self._inside[head] = str(_locate(self._folder, head))
        place = f"{self._inside[head]}/{name}"
        if name in {"", ".", ".."} or "\0" in name or os.path.islink(place):  # noqa: PTH114
            return open_file(self._folder, path)
        return _opened(Path(place), path)


def _opened(place: Path, path: str) -> BinaryIO:
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that a folder holds."""

    name: str
    """Its path below that folder, with `/`."""
    bytes: int


def list_files(folder: Path, path: str, suffixes: Collection[str]) -> Sequence[Listed]:
    """Regular files with one of some suffixes below a folder, in the order of their names.

    Hidden files and folders do not count. Links to files that lie in ``folder`` do; a link to a
    folder could lead around in a circle and is refused.

    Raises:
        DataError: when there is no such folder, or something in it cannot be listed.
    """
    place = _locate(folder, path)
    if not place.is_dir():
        match = nearest(place.name, _names_beside(place))
        help = f"did you mean `{_beside(path, match)}`?" if match else "name a folder of data"
        raise DataError(codes.DATA_FILE, f"there is no folder `{path}`", help)
    found: list[Listed] = []
    for number, (name, entry) in enumerate(_walk(place, path)):
        if number >= _MOST:
            raise DataError(codes.DATA_FILE, f"`{path}` has more than {_MOST:,} entries")
        if Path(name).suffix.lower() not in suffixes:
            continue
        if entry.is_symlink():
            _locate(folder, f"{path}/{name}")
        if entry.is_file():
            found.append(Listed(name, entry.stat().st_size))
    return sorted(found, key=lambda file: file.name.split("/"))


def _walk(place: Path, path: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What lies below a folder but no folders, with paths from there; depth first, no recursion."""
    folders = [""]
    while folders:
        above = folders.pop()
        try:
            with os.scandir(place / above) as entries:
                for entry in entries:
                    name = f"{above}{entry.name}"
                    if entry.name.startswith("."):
                        continue
                    if not entry.is_dir():
                        yield name, entry
                    elif entry.is_symlink():
                        raise DataError(
                            codes.DATA_FILE,
                            f"`{path}/{name}` is a link to a folder",
                            "put the folder itself there",
                        )
                    elif name.count("/") >= _DEEPEST:
                        raise DataError(
                            codes.DATA_FILE, f"the folders in `{path}` are nested too deeply"
                        )
                    else:
                        folders.append(f"{name}/")
        except OSError as error:
            raise DataError(
                codes.DATA_FILE,
                f"`{path}/{above}` cannot be listed: {(error.strerror or '').lower()}",
            ) from None


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
