"""Checkpoints of a run: written so that a crash at any moment loses nothing acknowledged.

A checkpoint counts once its line stands in ``index.jsonl``: after the file was written under
another name, read back and hashed, synced, renamed, and the folder synced. Resuming reads the index
backwards and compares size and hash before HDF5 sees the file, because a valid HDF5 file is no
proof of a whole one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kc.core import codes
from kc.core.diagnostic import Report
from kc.runtime.checkpoint import format

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
        self.folder.mkdir(parents=True, exist_ok=True)
        final = self.folder / f"step-{step:08d}.h5"
        temporary = self.folder / f".{final.name}.tmp-{os.getpid()}"
        try:
            format.write(temporary, trees, meta)
            size, digest = _seal(temporary)
            temporary.replace(final)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(self.folder)
        record = Record(step, final.name, size, digest, score)
        self._append(record)
        return record

    def _append(self, record: Record) -> None:
        line = json.dumps(
            {
                "step": record.step,
                "file": record.file,
                "size": record.size,
                "sha256": record.sha256,
                "score": record.score,
            }
        )
        new = not (self.folder / INDEX).exists()
        with (self.folder / INDEX).open("a") as index:
            start = index.tell()
            try:
                index.write(line + "\n")
                index.flush()
                os.fsync(index.fileno())
            except OSError:
                index.truncate(start)
                raise
        if new:
            _sync_folder(self.folder)

    def records(self) -> list[Record]:
        """Acknowledged checkpoints, oldest first. A torn last line does not count."""
        path = self.folder / INDEX
        if not path.exists():
            return []
        records: dict[str, Record] = {}
        for line in path.read_text(errors="replace").splitlines():
            try:
                fields = json.loads(line)
                record = Record(**fields)
            except (ValueError, TypeError):
                continue
            records.pop(record.file, None)
            records[record.file] = record
        return [record for record in records.values() if (self.folder / record.file).exists()]

    def newest(self, report: Report) -> Path | None:
        """The newest checkpoint that is whole; damaged ones are named in the report."""
        for record in reversed(self.records()):
            path = self.folder / record.file
            problem = _damage(path, record)
            if problem is None:
                return path
            report.add(
                codes.CHECKPOINT_DAMAGED,
                f"the checkpoint {path} is damaged: {problem}",
                help="the one before it is used; nothing was overwritten",
            )
        return None

    def prune(self, keep_last: int, rises: bool) -> None:
        """Remove checkpoints beyond the newest ``keep_last``, but never the best one."""
        records = self.records()
        kept = {record.file for record in records[-keep_last:]}
        scored = [record for record in records if record.score is not None]
        if scored:
            best = (max if rises else min)(scored, key=lambda r: r.score or 0.0)
            kept.add(best.file)
        for record in records:
            if record.file not in kept:
                (self.folder / record.file).unlink(missing_ok=True)

    def best(self, rises: bool) -> Path | None:
        """The checkpoint with the best score."""
        scored = [record for record in self.records() if record.score is not None]
        if not scored:
            return None
        return self.folder / (max if rises else min)(scored, key=lambda r: r.score or 0.0).file


def save_file(path: Path, trees: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write one file durably in place of what may be there.

    Raises:
        OSError: when the disk refuses; what was there stays.
    """
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        format.write(temporary, trees, meta)
        _seal(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _seal(path: Path) -> tuple[int, str]:
    """Size and hash of a file, read back from the disk's view of it, after syncing."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size, digest


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damage(path: Path, record: Record) -> str | None:
    """What is wrong with a file, if it is not the one that was acknowledged."""
    size = path.stat().st_size
    if size != record.size:
        return f"it has {size:,} bytes, {record.size:,} were written"
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:
            return "its SHA-256 differs from the one that was written"
    return None
