"""One run, one folder: what was asked for, what happened, and what is needed to go on."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import yaml

from kc.core import codes
from kc.core.diagnostic import CompileError, Report, failure
from kc.runtime.checkpoint import durable
from kc.runtime.checkpoint.store import Store
from kc.runtime.history import History
from kc.runtime.runs import RUNS

MODEL_FILE = "model.h5"
SPEC_FILE = "spec.yaml"


class RunFolder:
    """A folder that this process has locked."""

    def __init__(self, path: Path, lock: IO[str]) -> None:
        self.path = path
        self.history = History(path / "metrics.jsonl")
        self._lock = lock

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """A fresh folder.

        Raises:
            CompileError: when it exists already or cannot be written.
        """
        make_folder(path)
        return cls(path, _lock(path))

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """A folder that holds a run.

        Raises:
            CompileError: when it holds none, or another process works on it.
        """
        if not (path / "lock.json").exists():
            raise failure(
                codes.NO_CHECKPOINT,
                f"{path} holds no run that could go on",
                help="start one with `kc train SPEC`",
            )
        run = cls(path, _lock(path))
        durable.remove_leftovers(path, "*")
        durable.remove_leftovers(run.store.folder, "step-*.h5")
        return run

    @classmethod
    def take(cls, path: Path) -> RunFolder:
        """A folder that may exist, as that of a trial which a process left undone.

        Raises:
            CompileError: when another process works on it, or it cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(path, error) from None
        return cls(path, _lock(path))

    @property
    def store(self) -> Store:
        return Store(self.path / "checkpoints")

    def changes(self) -> list[Any]:
        """What its lock tells of changes that were accepted when it went on."""
        found = (_lock_file(self.path) or {}).get("changes")
        return found if isinstance(found, list) else []

    def write(self, name: str, text: str) -> None:
        """Write a file of the run; errors as of ``write_file``."""
        write_file(self.path / name, text)

    def write_json(self, name: str, plain: Mapping[str, Any]) -> None:
        self.write(name, json.dumps(plain, indent=2, sort_keys=True) + "\n")

    def close(self) -> None:
        self._lock.close()


def write_file(path: Path, text: str) -> None:
    """Write a file of a folder that a command made, durably.

    Raises:
        CompileError: when the disk refuses.
    """
    try:
        durable.put(path, text.encode())
    except OSError as error:
        raise _unwritable(path.parent, error) from None


def make_folder(path: Path) -> None:
    """Make a fresh folder for what a command trains.

    Raises:
        CompileError: when it exists already or cannot be made.
    """
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        raise failure(
            codes.RUN_FOLDER,
            f"the folder {path} exists already",
            help=f"choose another `--run-dir`, or go on with `kc train {path} --resume`",
        ) from None
    except OSError as error:
        raise failure(
            codes.RUN_FOLDER, f"cannot make the folder {path}: {error.strerror}"
        ) from None


def _lock(path: Path) -> IO[str]:
    """Hold the folder's lock as long as the process lives; a dead process holds none."""
    try:
        file = (path / ".lock").open("a+")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise failure(
            codes.RUN_BUSY,
            f"{holder} works on {path}",
            help="wait for it, or start a new run",
        ) from None
    try:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
    except OSError as error:
        with suppress(OSError):
            file.close()
        raise _unwritable(path, error) from None
    return file


def _unwritable(path: Path, error: OSError) -> CompileError:
    return failure(
        codes.RUN_FOLDER,
        f"cannot write into the folder {path}: {(error.strerror or str(error)).lower()}",
        help="make room, or make it writable; what it holds is as it was",
    )


def new_path(name: str, now: datetime) -> Path:
    """Where a new run of an experiment goes: ``runs/digits-20260131-094500``."""
    stem = RUNS / f"{name}-{now:%Y%m%d-%H%M%S}"
    path, number = stem, 2
    while path.exists():
        path, number = stem.with_name(f"{stem.name}-{number}"), number + 1
    return path


def newest(name: str) -> Path:
    """The newest run of an experiment.

    Raises:
        CompileError: when there is none.
    """
    runs = [path for path in RUNS.glob(f"{name}-*") if (path / "lock.json").exists()]
    own = [path for path in runs if _name(path) == name]
    if not own:
        raise failure(
            codes.NO_CHECKPOINT,
            f"there is no run of `{name}` below {RUNS}",
            help="start one with `kc train SPEC`, or name a run's folder",
        )
    return max(own, key=lambda path: (path.stat().st_ctime_ns, path.name))


def _lock_file(path: Path) -> dict[str, Any] | None:
    """What ``lock.json`` of a run says; None where it is not to be read."""
    try:
        found = json.loads((path / "lock.json").read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _name(path: Path) -> str | None:
    return (_lock_file(path) or {}).get("name")


def to_yaml(plain: Mapping[str, Any]) -> str:
    """Plain data as YAML that reads well: short lists on one line, keys in their order."""
    text: str = yaml.safe_dump(
        json.loads(json.dumps(plain)), sort_keys=False, default_flow_style=None, width=100
    )
    return text


def damaged(path: Path, report: Report, *, is_older_whole: bool) -> CompileError:
    """No checkpoint of a run is whole, or only older ones are; the report names the damaged."""
    if is_older_whole:
        report.add(
            codes.NO_CHECKPOINT,
            f"the newest checkpoint of {path} is damaged, and `--strict-resume` takes no other",
            help="restore the file, or go on from the one before it without `--strict-resume`",
        )
    else:
        report.add(
            codes.NO_CHECKPOINT,
            f"{path} holds no checkpoint that is whole",
            help="start a new run with `kc train SPEC`; nothing was overwritten",
        )
    return CompileError(report)
