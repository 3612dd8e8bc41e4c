"""One run, one folder: what was asked for, what happened, and what is needed to go on."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import yaml

from kc.core import codes
from kc.core.diagnostic import CompileError, Report, failure
from kc.runtime.checkpoint.store import Store

RUNS = Path("runs")
MODEL_FILE = "model.h5"


class RunFolder:
    """A folder that this process has locked."""

    def __init__(self, path: Path, lock: IO[str]) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def create(cls, path: Path) -> RunFolder:
        """A fresh folder.

        Raises:
            CompileError: when it exists already or cannot be written.
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
        return cls(path, _lock(path))

    @property
    def store(self) -> Store:
        return Store(self.path / "checkpoints")

    @property
    def metrics(self) -> Path:
        """One line per epoch. It holds no times: a resumed run ends with the same bytes."""
        return self.path / "metrics.jsonl"

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)

    def write_json(self, name: str, plain: Mapping[str, Any]) -> None:
        self.write(name, json.dumps(plain, indent=2, sort_keys=True) + "\n")

    def add_epoch(self, line: Mapping[str, Any]) -> None:
        with self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def metrics_bytes(self) -> int:
        """Length of the history, made durable."""
        if not self.metrics.exists():
            return 0
        with self.metrics.open("rb") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size

    def cut_metrics(self, length: int) -> None:
        """Forget epochs that the checkpoint does not know of: they will come again."""
        if self.metrics.exists():
            os.truncate(self.metrics, length)

    def close(self) -> None:
        self._lock.close()


def _lock(path: Path) -> IO[str]:
    """Hold the folder's lock as long as the process lives; a dead process holds none."""
    file = (path / ".lock").open("a+")
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
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}")
    file.flush()
    return file


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


def _name(path: Path) -> str | None:
    try:
        return json.loads((path / "lock.json").read_text()).get("name")
    except (OSError, ValueError):
        return None


def to_yaml(plain: Mapping[str, Any]) -> str:
    """Plain data as YAML that reads well: short lists on one line, keys in their order."""
    text: str = yaml.safe_dump(
        json.loads(json.dumps(plain)), sort_keys=False, default_flow_style=None, width=100
    )
    return text


def damaged(path: Path, report: Report) -> CompileError:
    """No checkpoint of a run is whole; the report names the damaged ones."""
    report.add(
        codes.NO_CHECKPOINT,
        f"{path} holds no checkpoint that is whole",
        help="start a new run with `kc train SPEC`; nothing was overwritten",
    )
    return CompileError(report)
