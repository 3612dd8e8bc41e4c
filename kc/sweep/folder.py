"""The folder of a sweep: what was asked for, the journal, and a folder for each trial."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kc.core import codes
from kc.core.comparison import difference, fingerprint
from kc.core.diagnostic import CompileError, failure
from kc.core.version import VERSION
from kc.runtime.run_folder import RunFolder, make_folder, new_path, write_file
from kc.runtime.runs import RUNS
from kc.sweep.journal import Journal

FACTS, SPEC, JOURNAL = "sweep.json", "spec.yaml", "journal.jsonl"
TRIALS, WINNER = "trials", "winner"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sweep was asked for, as its folder keeps it."""

    name: str
    """Name of the experiment."""
    folder: str
    """Where the paths of the spec begin, seen from the folder of the sweep."""
    root: str | None
    """The folder that no file of the spec may lie outside of, if not that one."""
    overrides: Sequence[str]
    profiles: Sequence[str]
    spec: Mapping[str, Any]
    """The spec without the sweep, as plain data."""
    searched: Mapping[str, Any]
    """The sweep, as far as it makes trials comparable."""
    environment: Mapping[str, Any]
    """Versions and device that it began with."""

    def plain(self) -> dict[str, Any]:
        whole = {"spec": self.spec, "sweep": self.searched}
        return {
            "kc": VERSION,
            "name": self.name,
            "folder": self.folder,
            "root": self.root,
            "overrides": list(self.overrides),
            "profiles": list(self.profiles),
            "fingerprint": fingerprint(whole),
            **whole,
            "environment": self.environment,
        }


@dataclass(frozen=True, slots=True)
class SweepFolder:
    """The folder of a sweep."""

    path: Path

    @classmethod
    def create(cls, path: Path, text: str, asked: Asked) -> SweepFolder:
        """A fresh folder.

        Raises:
            CompileError: when it exists already or cannot be written.
        """
        make_folder(path)
        made = cls(path)
        made.write(SPEC, text)
        # The last one: with it the folder is whole.
        made.keep(asked)
        return made

    @classmethod
    def open(cls, path: Path) -> SweepFolder:
        """The folder of a sweep that was begun.

        Raises:
            CompileError: when it is none.
        """
        if not is_sweep(path):
            raise failure(
                codes.NO_TRIALS,
                f"{path} is no folder of a sweep",
                help="begin one with `kc sweep SPEC`; it prints its folder",
            )
        return cls(path)

    @classmethod
    def newest(cls, name: str) -> SweepFolder:
        """The newest sweep of an experiment.

        Raises:
            CompileError: when there is none.
        """
        found = [path for path in RUNS.glob(f"{name}-sweep-*") if is_sweep(path)]
        if not found:
            raise failure(
                codes.NO_TRIALS,
                f"there is no sweep of `{name}` below {RUNS}",
                help="begin without `--resume`",
            )
        return cls(max(found, key=lambda path: (path.stat().st_ctime_ns, path.name)))

    def asked(self) -> Asked:
        """What it was asked for.

        Raises:
            CompileError: when the file is damaged, or of another version.
        """
        try:
            found = json.loads((self.path / FACTS).read_text())
            version = found["kc"]
            asked = Asked(
                found["name"], found["folder"], found["root"], found["overrides"],
                found["profiles"], found["spec"], found["sweep"], found["environment"],
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            raise failure(
                codes.NO_TRIALS, f"{self.path / FACTS} cannot be read", help="begin a new sweep"
            ) from None
        if version != VERSION:
            raise failure(
                codes.STUDY_VERSION,
                f"{self.path} was begun by kc {version}, this is {VERSION}",
                help=f"install kc {version} to go on, or begin a new sweep",
            )
        return asked

    def keep(self, asked: Asked) -> None:
        """Write what it is asked for."""
        self.write(FACTS, json.dumps(asked.plain(), indent=2) + "\n")

    def write(self, name: str, text: str) -> None:
        """Write a file.

        Raises:
            CompileError: when the disk refuses.
        """
        write_file(self.path / name, text)

    @property
    def journal(self) -> Journal:
        return Journal(self.path / JOURNAL)

    def trial(self, number: int) -> Path:
        """The folder of a trial."""
        return self.path / TRIALS / f"{number:03}"

    @property
    def winner(self) -> Path:
        """The folder of the run that trains the best trial again."""
        return self.path / WINNER

    def lease(self, number: int) -> RunFolder | None:
        """The locked folder of a trial; None while another process works on it."""
        try:
            return RunFolder.take(self.trial(number))
        except CompileError as error:
            if error.report.diagnostics[0].code is codes.RUN_BUSY:
                return None
            raise

    @contextmanager
    def alone(self) -> Generator[None]:
        """Context in which no other process takes a trial."""
        with (self.path / ".taking").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def headed(self) -> Generator[None]:
        """Context in which this process is the one that ends the sweep.

        Raises:
            CompileError: when another one is.
        """
        with (self.path / ".head").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise failure(
                    codes.RUN_BUSY,
                    f"another process heads the sweep {self.path}",
                    help=f"join it with `kc sweep worker {self.path}`",
                ) from None
            yield


def is_sweep(path: Path) -> bool:
    """Whether a folder is that of a sweep."""
    return (path / FACTS).is_file()


def fresh_path(name: str, now: datetime) -> Path:
    """Where a new sweep of an experiment goes."""
    return new_path(f"{name}-sweep", now)


def seen_from(path: Path, folder: Path) -> str:
    """Where a folder lies, seen from a path."""
    return os.path.relpath(folder.resolve(), path.resolve())


def refuse_changes(asked: Asked, now: Asked, path: Path) -> None:
    """Make sure that a sweep goes on with the spec that it began with.

    Raises:
        CompileError: with what differs.
    """
    found = difference({**asked.spec, "sweep": asked.searched}, {**now.spec, "sweep": now.searched})
    if found:
        raise failure(
            codes.STUDY_CHANGED,
            f"the spec is another one than that of {path}",
            help="undo the change, or begin a new sweep with `kc sweep SPEC`",
            notes=tuple(map(str, found)),
        )
