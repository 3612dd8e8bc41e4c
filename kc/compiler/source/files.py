"""Spec files, opened without trust: a path may be a pipe, a device or far too large."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kc.compiler.source import limits
from kc.compiler.source.reader import decode
from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.span import SourceText, Span


def read_file(path: str | Path) -> SourceText:
    """The text of a spec file, under the name that the user gave it.

    Raises:
        CompileError: when it cannot be read, is no regular file, is too large or is not UTF-8.
    """
    return decode(str(path), read_bytes(path))


def read_bytes(
    path: str | Path, most: int = limits.FILE_BYTES + 1, *, follow: bool = True
) -> bytes:
    """The beginning of a regular file; a link is one only where it is to be followed.

    Raises:
        CompileError: when it cannot be read or is no regular file.
    """
    try:
        # Opening a pipe without O_NONBLOCK would wait for someone to write to it.
        flags = os.O_RDONLY | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise unreadable(str(path), _reason(error)) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise unreadable(str(path), f"it is {kind}")
        with open(descriptor, "rb", closefd=False) as file:  # no path is left
            return file.read(most)
    except OSError as error:
        raise unreadable(str(path), _reason(error)) from None
    finally:
        os.close(descriptor)


def unreadable(name: str, reason: str) -> CompileError:
    """The error that says why a path cannot be read."""
    place = Span(SourceText(name, ""), 1, 1, 1, 1)
    return failure(codes.UNREADABLE, f"cannot read `{name}`: {reason}", at=place)


def _reason(error: OSError | ValueError) -> str:
    # A path with a NUL is a ValueError.
    text = error.strerror if isinstance(error, OSError) else str(error)
    return (text or "unknown reason").lower()
