"""How a run saves: a copy of the state is taken at once and made durable beside the training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from kc.core import codes
from kc.core.diagnostic import Diagnostic, Report
from kc.core.events import Kept
from kc.core.text import listing
from kc.runtime import snapshot
from kc.runtime.checkpoint.writer import Writer
from kc.runtime.loop import Loop
from kc.runtime.run_folder import RunFolder


class Saver:
    """Saves the checkpoints of one run.

    ``facts`` tell what a checkpoint belongs to.
    """

    def __init__(self, run: RunFolder, facts: Callable[[], Mapping[str, Any]]) -> None:
        self.run = run
        self.unsaved: Diagnostic | None = None
        """Why the last save failed, if it did."""
        self._facts = facts
        self._writer = Writer()
        self._problems: SimpleQueue[Diagnostic] = SimpleQueue()

    def save(self, loop: Loop, keep: Kept) -> None:
        """Take a checkpoint of this moment. Nothing follows an end, so that one is waited for."""
        try:
            length = self.run.history.write()
        except OSError as error:
            self._failed(loop.step, error)
            return
        trees, meta = snapshot.take(loop, {**self._facts(), "metrics_bytes": length})
        score = loop.epoch_logs.get(keep.best) if keep.best and loop.position.step == 0 else None
        step = loop.step

        def write() -> None:
            try:
                self.run.history.sync()
                self.run.store.save(trees, meta, step, score)
                self.unsaved = None
                self.run.store.prune(keep.last, keep.rises)
            except OSError as error:
                self._failed(step, error)

        self._writer.start(write)
        if loop.ending:
            self._writer.wait()

    def problems(self) -> list[Diagnostic]:
        """What went wrong since the last call."""
        found: list[Diagnostic] = []
        while True:
            try:
                found.append(self._problems.get_nowait())
            except Empty:
                return found

    def close(self) -> None:
        """Wait for what is being saved."""
        self._writer.wait()

    def _failed(self, step: int, error: OSError) -> None:
        report = Report()
        report.add(
            codes.SAVE_FAILED,
            f"the checkpoint of step {step} could not be saved: {error.strerror or error}",
            help="make room; training goes on, and the next save tries again",
            notes=(self._kept(),),
        )
        (self.unsaved,) = report.diagnostics
        self._problems.put(self.unsaved)

    def _kept(self) -> str:
        try:
            kept = [record.file for record in self.run.store.records()]
        except OSError:
            return "what was saved before cannot be read at present"
        return f"kept: {listing(kept)}" if kept else "no checkpoint is saved so far"
