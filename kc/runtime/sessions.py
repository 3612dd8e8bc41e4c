"""When processes worked on a run, and how each ended: ``sessions.jsonl`` in its folder.

The history holds no times (decision 0009), so they stand here. A process that is killed leaves a
beginning without an end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from kc.core.diagnostic import CompileError

FILE = "sessions.jsonl"

Ending = Literal["finished", "interrupted", "failed"]
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Session:
    """One process at work on a run."""

    folder: Path
    clock: Clock
    how: Ending = "finished"
    """How it ends, if nothing is raised."""

    def begin(self) -> None:
        self._add({"began": self._now()})

    def end(self, how: Ending, why: str = "") -> None:
        self._add({"ended": self._now(), "how": how, **({"why": why} if why else {})})

    def _now(self) -> str:
        return self.clock().isoformat(timespec="milliseconds")

    def _add(self, line: dict[str, Any]) -> None:
        # A full disk must not end a run for the sake of its times.
        with suppress(OSError), (self.folder / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


@contextmanager
def recorded(folder: Path, clock: Clock) -> Generator[Session]:
    """Context whose beginning and end are written down."""
    session = Session(folder, clock)
    session.begin()
    try:
        yield session
    except CompileError as error:
        session.end("failed", error.report.diagnostics[0].message)
        raise
    except KeyboardInterrupt:
        session.end("interrupted")
        raise
    except Exception as error:
        session.end("failed", f"{type(error).__name__}: {error}")
        raise
    session.end(session.how)


@dataclass(frozen=True, slots=True)
class Sessions:
    """All that is known about the times of a run."""

    began: datetime | None = None
    """When the first process began."""
    seconds: float = 0.0
    """How long those worked that came to an end."""
    open_since: datetime | None = None
    """When the process began that has written no end: it works, or was killed."""
    how: Ending | None = None
    """How the last one ended."""
    why: str = ""


def read(folder: Path) -> Sessions:
    """What the file of a folder says; a torn line does not count."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Sessions()
    first: datetime | None = None
    since: datetime | None = None
    seconds, how, why = 0.0, None, ""
    for text in lines:
        try:
            line = json.loads(text)
            at = datetime.fromisoformat(line.get("began") or line["ended"])
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        if "began" in line:
            first, since = first or at, at
        elif since is not None:
            seconds += max(0.0, (at - since).total_seconds())
            since, how, why = None, line.get("how"), str(line.get("why", ""))
    return Sessions(first, seconds, since, how, why)
