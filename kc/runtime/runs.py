"""Runs as they lie in their folders, read without JAX, the spec's data, or a lock held."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from kc.runtime import sessions

RUNS = Path("runs")
_MARKS = {"lock.json", ".lock", "metrics.jsonl"}
"""A folder with one of these files is a run, if perhaps a broken one."""

State = Literal["finished", "running", "interrupted", "failed", "broken"]
History = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What is known about one run."""

    path: Path
    state: State
    name: str = ""
    lock: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Seed, spec, data, versions, device; empty where the run is broken."""
    history: History = ()
    """Logs of each epoch, with ``epoch`` and ``step``."""
    test: Mapping[str, float] = field(default_factory=dict[str, float])
    began: datetime | None = None
    seconds: float | None = None
    """How long processes worked on it, where that is known."""
    why: str = ""
    """Why it failed, or what is broken."""

    @property
    def epochs(self) -> int:
        """How many epochs are done."""
        return len(self.history)

    @property
    def last(self) -> Mapping[str, float]:
        """The last value of each log; validation may have rested in the last epoch."""
        return {name: number for line in self.history for name, number in logs(line).items()}


def find_runs(folder: Path = RUNS) -> list[RunRecord]:
    """All runs below a folder, the oldest first."""
    found = [read_run(path) for path in _folders(folder)]
    return sorted(found, key=lambda run: (_begin(run), run.path))


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return any((path / mark).exists() for mark in _MARKS)


def read_run(path: Path) -> RunRecord:
    """One run. It is read as far as it is whole."""
    times = sessions.read(path)
    history = read_history(path)
    try:
        lock = _object(path / "lock.json")
    except (OSError, ValueError) as error:
        if is_locked(path):
            return RunRecord(path, "running", path.name, began=times.began)
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        why = f"lock.json cannot be read: {reason}"
        return RunRecord(path, "broken", path.name, history=history, began=times.began, why=why)
    try:
        results = _object(path / "results.json")
    except FileNotFoundError:
        results = {}
    except (OSError, ValueError):
        why = "results.json cannot be read"
        name = str(lock.get("name", path.name))
        return RunRecord(path, "broken", name, lock, history, began=times.began, why=why)
    state = _state(path, times, results)
    test = {k: v for k, v in dict(results.get("test", {})).items() if _is_number(v)}
    name = str(lock.get("name", path.name))
    seconds = _seconds(path, times, state)
    return RunRecord(path, state, name, lock, history, test, times.began, seconds, times.why)


def read_history(path: Path) -> History:
    """The whole lines of a run's history."""
    try:
        text = (path / "metrics.jsonl").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return list(_lines(text))


def logs(line: Mapping[str, Any]) -> dict[str, float]:
    """The logs in one line of a history."""
    return {k: v for k, v in line.items() if k not in {"epoch", "step"} and _is_number(v)}


def is_locked(path: Path) -> bool:
    """Whether a process works on a run."""
    try:
        with (path / ".lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _folders(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        if not _MARKS.isdisjoint(files):
            folders.clear()
            yield Path(place)


def _begin(run: RunRecord) -> float:
    if run.began is not None:
        return run.began.timestamp()
    return run.path.stat().st_ctime


def _object(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError("no object")  # JSON of another kind
    return found


def _lines(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("epoch"), int):
            yield found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _state(path: Path, times: sessions.Sessions, results: Mapping[str, Any]) -> State:
    if times.open_since is None and times.how is not None:
        return times.how
    if is_locked(path):
        return "running"
    finished = results and times.open_since is None
    return "finished" if finished else "interrupted"


def _seconds(path: Path, times: sessions.Sessions, state: State) -> float | None:
    """The time of all processes; one that was killed worked until it last wrote."""
    if times.began is None:
        return None
    if times.open_since is None:
        return times.seconds
    now = datetime.now(UTC) if state == "running" else _written(path)
    return times.seconds + max(0.0, (now - times.open_since).total_seconds())


def _written(path: Path) -> datetime:
    file = path / "metrics.jsonl"
    last = (file if file.exists() else path / sessions.FILE).stat().st_mtime
    return datetime.fromtimestamp(last, UTC)
