"""Files that callbacks write: inside of one folder, and never over what is there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from kc.core import codes
from kc.core.diagnostic import Diagnostic, Label
from kc.core.events import Control
from kc.library.callback import Callback, CallbackError

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_PATH = re.compile(rf"{_PART}(/{_PART})*")


def _inside(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(
            f"`{path}` is no path in the run's folder: use letters, digits, `_`, `-`, `.` and, "
            "between folders, `/`"
        )
    return path


OutputPath = Annotated[str, Field(max_length=200), AfterValidator(_inside)]
"""A path in the folder of a run."""


class OutputFile:
    """A file that grows, whose end a checkpoint knows.

    What a crash left behind that end, a resumed run cuts off before it writes again.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.bytes: int | None = None
        """Where it ends; None before it begins."""
        self.resumed = False
        """Whether a checkpoint knew it."""

    def restore(self, end: int | None) -> None:
        """Go on with a file that ended there when a checkpoint was saved."""
        self.bytes, self.resumed = end, True

    def begin(self, folder: Path, append: bool) -> str:
        """Take the file; the first line of what is there, or nothing when it goes on.

        Raises:
            CallbackError: when it is there and may not grow.
            OSError: when it cannot be made.
        """
        if self.resumed:
            self._resume(folder)
            return ""
        place = self._place(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            place.open("xb").close()
        except FileExistsError:
            if not append:
                raise CallbackError(
                    codes.OUTPUT_EXISTS,
                    f"the file {place} exists already",
                    "remove it, or choose another name",
                    word=self.path,
                ) from None
        self.bytes = place.stat().st_size
        with place.open(encoding="utf-8", errors="replace") as file:
            return file.readline().rstrip("\r\n")

    def _resume(self, folder: Path) -> None:
        """Go on with a file whose end is known; one that is gone begins anew."""
        place = self._place(folder)
        self.bytes = min(self.bytes or 0, place.stat().st_size) if place.exists() else 0

    def add(self, folder: Path, content: bytes) -> None:
        """Let the file grow, durably.

        Raises:
            OSError: when the disk refuses; what is there in part is cut off the next time.
        """
        assert self.bytes is not None, "a file begins before it grows"
        place = self._place(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab") as file:
            if file.tell() > self.bytes:
                file.truncate(self.bytes)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            self.bytes = os.fstat(file.fileno()).st_size

    def _place(self, folder: Path) -> Path:
        """Where it lies; a link must not lead out of the folder."""
        root = Path(os.path.realpath(folder))
        place = Path(os.path.realpath(root / self.path))
        if not place.is_relative_to(root):
            raise PermissionError(None, "a link leads out of the folder")
        return place


def lost(callback: Callback, control: Control, what: str, error: OSError) -> None:
    """Tell a person that something is not written, and go on."""
    labels = (Label(callback.span),) if callback.span else ()
    reason = (error.strerror or str(error)).lower()
    message = f"{callback.kind} lost {what}: {reason}"
    control.notify(Diagnostic(codes.NOT_REPORTED, message, labels, "training goes on"))
