"""Files that survive a crash: whole or not there, and on the disk once a call returns."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def put(path: Path, content: bytes) -> None:
    """Write a whole file in place of what may be there.

    Raises:
        OSError: as ``replacing``.
    """
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Generator[BinaryIO]:
    """A file to write, which takes the place of what may be there once it is on the disk.

    Raises:
        OSError: when the disk refuses; what was there stays, and nothing else.
    """
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    # A process that was killed may have had the same number.
    temporary.unlink(missing_ok=True)
    try:
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def append(path: Path, lines: bytes, *, sync: bool = True) -> None:
    """Let a file of lines grow.

    A line that a crash left unended is ended first, so that it spoils none of these.

    Args:
        path: the file; it need not exist.
        lines: what to add.
        sync: whether it has to be on the disk at once.

    Raises:
        OSError: when the disk refuses; nothing of the lines stays.
    """
    # Unbuffered: a buffer would write again what a full disk refused while the file is cut.
    with path.open("a+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        try:
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
                lines = b"\n" + lines
            while lines:
                lines = lines[file.write(lines) :]
            if sync:
                os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise
    if sync and not end:
        sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Make what a file holds durable, and its name."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove what killed processes left of files with such names.

    Whoever calls this holds the lock of the run, so that no other process is writing one.
    """
    for path in folder.glob(f".{pattern}.tmp-*"):
        path.unlink(missing_ok=True)
