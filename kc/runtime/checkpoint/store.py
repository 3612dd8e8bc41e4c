"""Checkpoints of a run: written so that a crash at any moment loses nothing acknowledged.

A checkpoint counts once its line stands in ``index.jsonl``: after the file was written under
another name, synced, renamed, and the folder synced. The line holds the hash of what was written.
Resuming reads the index backwards and compares size and hash before HDF5 sees the file,
because a valid HDF5 file is no proof of a whole one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BufferedReader
from itertools import chain, count
from pathlib import Path
from typing import Any

from kc.core import codes
from kc.core.diagnostic import Report
from kc.runtime.checkpoint import durable, format

INDEX = "index.jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """One acknowledged checkpoint."""

    step: int
    file: str
    size: int
    sha256: str
    score: float | None
    """Value of the log that ``keep.best`` names, at the time of saving."""


@dataclass(frozen=True, slots=True)
class Store:
    """The folder ``checkpoints`` of one run."""

    folder: Path

    def save(
        self, trees: Mapping[str, Any], meta: Mapping[str, Any], step: int, score: float | None
    ) -> Record:
        """Write a checkpoint and acknowledge it.

        Raises:
            OSError: when it could not be made durable; nothing of it stays.
        """
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True)
            durable.sync_folder(self.folder.parent)
        path = self._unused(step)
        try:
            # Hashing takes as long as syncing, and both leave the interpreter to others.
            with ThreadPoolExecutor(1) as hashing, durable.replacing(path) as file:
                format.write(file, trees, meta)
                # Opened here: in the other thread the file might have its final name already.
                digest = hashing.submit(_digest, Path(file.name).open("rb"))  # noqa: SIM115
            record = Record(step, path.name, *digest.result(), score)
            durable.append(self.folder / INDEX, _line(record))
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return record

    def _unused(self, step: int) -> Path:
        """A name for the checkpoint of a step.

        The end of an epoch has the step of what was saved just before it. Writing over that would
        leave neither, were the process killed before the index knows of the other.
        """
        endings = chain([""], map("_{}".format, count(2)))
        paths = (self.folder / f"step-{step:08d}{ending}.h5" for ending in endings)
        return next(path for path in paths if not path.exists())

    def records(self) -> list[Record]:
        """Acknowledged checkpoints that are there, oldest first."""
        found = [record for _, record in self._lines() if record is not None]
        return [record for record in found if (self.folder / record.file).exists()]

    def _lines(self) -> list[tuple[int, Record | None]]:
        """Numbered lines of the index; None where one is damaged.

        One without an end is no damage: the process died before it was acknowledged.
        """
        path = self.folder / INDEX
        if not path.exists():
            return []
        *lines, _ = path.read_bytes().split(b"\n")
        return [(number, _record(line)) for number, line in enumerate(lines, 1)]

    def newest(self, report: Report) -> Path | None:
        """The newest checkpoint that is whole; damaged ones are named in the report."""
        for number, record in reversed(self._lines()):
            if record is None:
                index = self.folder / INDEX
                self._damaged(f"line {number} of {index} is damaged", report)
                continue
            path = self.folder / record.file
            if not path.exists():
                continue  # older ones are removed
            problem = _damage(path, record)
            if problem is None:
                return path
            self._damaged(f"the checkpoint {path} is damaged: {problem}", report)
        return None

    def _damaged(self, message: str, report: Report) -> None:
        report.add(
            codes.CHECKPOINT_DAMAGED,
            message,
            help="the one before it is used; nothing was overwritten",
        )

    def prune(self, keep_last: int, rises: bool) -> None:
        """Remove checkpoints of all but the newest ``keep_last`` steps, but never the best one."""
        records = self.records()
        newest: dict[int, str] = {}
        for record in records:
            newest.pop(record.step, None)  # a run that went back comes to a step again
            newest[record.step] = record.file
        kept = set(list(newest.values())[-keep_last:])
        scored = [record for record in records if record.score is not None]
        if scored:
            best = (max if rises else min)(scored, key=lambda r: r.score or 0.0)
            kept.add(best.file)
        for record in records:
            if record.file not in kept:
                with suppress(OSError):  # the next save tries again
                    (self.folder / record.file).unlink(missing_ok=True)

    def best(self, rises: bool) -> Path | None:
        """The checkpoint with the best score."""
        scored = [record for record in self.records() if record.score is not None]
        if not scored:
            return None
        return self.folder / (max if rises else min)(scored, key=lambda r: r.score or 0.0).file


def _digest(file: BufferedReader) -> tuple[int, str]:
    """Size and SHA-256 of a file, which is closed."""
    with file:
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _line(record: Record) -> bytes:
    fields = asdict(record)
    return json.dumps({**fields, "check": _check(fields)}).encode() + b"\n"


def _record(line: bytes) -> Record | None:
    """What a line of the index says, if it is as it was written."""
    try:
        fields = json.loads(line)
        check = fields.pop("check")
        return Record(**fields) if check == _check(fields) else None
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _check(fields: Mapping[str, Any]) -> str:
    """A few letters by which a changed line is noticed."""
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()[:12]


def _damage(path: Path, record: Record) -> str | None:
    """What is wrong with a file, if it is not the one that was acknowledged."""
    size = path.stat().st_size
    if size != record.size:
        return f"it has {size:,} bytes, {record.size:,} were written"
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:
            return "its SHA-256 differs from the one that was written"
    return None
