"""The journal of a study: what Optuna says about it, a line each, shared by several processes.

Optuna's own file is written the same way, and reads this one. Its lock is a file that a killed
process leaves behind, so that the others wait for half a minute; this one ends with its process.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from kc.runtime.checkpoint import durable


class Journal(BaseJournalBackend):
    """A file of lines. A line that a killed process left unended counts for nobody."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number = 0
        """Of the first line that has not been read."""
        self._offset = 0
        """Where that line begins."""

    def read_logs(self, log_number_from: int) -> Sequence[dict[str, Any]]:
        if log_number_from != self._number or not self.path.exists():
            self._number = self._offset = 0
        found: list[dict[str, Any]] = []
        for line in self._new_lines():
            try:
                log = json.loads(line)
            except ValueError:
                continue
            if self._number >= log_number_from:
                found.append(log)
            self._number += 1
        return found

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self.path.with_name(f".{self.path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            durable.append(self.path, lines.encode(), sync=False)

    def sync(self) -> None:
        """Make what is written durable; a trial that has ended is not run again."""
        durable.sync_file(self.path)

    def _new_lines(self) -> Sequence[bytes]:
        if not self.path.exists():
            return ()
        with self.path.open("rb") as file:
            file.seek(self._offset)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return whole.split(b"\n") if newline else ()
