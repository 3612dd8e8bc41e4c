"""A training job in a run folder: begin or resume, train, test, leave the model behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.plan import Form, Plan, Strategy
from kc.core import codes
from kc.core.comparison import Change, difference, fingerprint, shown
from kc.core.diagnostic import Diagnostic, Report, failure
from kc.core.events import EpochEnd, Event, Kept, Logs, Notice, TrainEnd
from kc.core.text import listing
from kc.core.version import VERSION
from kc.library.callback import Callback
from kc.library.callbacks.checkpoint import Checkpoint
from kc.runtime import model_file, provenance, snapshot
from kc.runtime.checkpoint import format
from kc.runtime.data.host import all_on_host
from kc.runtime.data.job import data_hash, examples
from kc.runtime.data.split import Splits
from kc.runtime.data.unseen import report_unseen
from kc.runtime.device import environment
from kc.runtime.fitting import fitted, recalled
from kc.runtime.loop import Loop, NotFiniteError, measure, require
from kc.runtime.run_folder import MODEL_FILE, RunFolder, damaged, to_yaml


@dataclass(slots=True)
class Job:
    """One training run. ``events`` does the work; afterwards the results stand here."""

    plan: Plan
    data: Splits
    run: RunFolder
    hashed: str
    """Fingerprint of all examples."""
    folder: str
    """Where the spec lies, seen from the run's folder."""
    extra: Sequence[Callback] = ()
    """Callbacks beside those of the spec, as the progress line."""
    resumed: snapshot.Snapshot | None = None
    report: Report = field(default_factory=Report)
    """Warnings about resuming."""
    test: Logs | None = None
    interrupted: bool = False
    unsaved: Diagnostic | None = None
    """Why the last checkpoint could not be saved, if it could not."""
    loop: Loop | None = None

    def callbacks(self) -> list[Callback]:
        """The spec's callbacks, and a checkpoint in any case."""
        own = list(self.plan.callbacks)
        if not any(isinstance(callback, Checkpoint) for callback in own):
            own.append(Checkpoint())
        return own

    def events(self) -> Iterator[Event]:
        """Train to the end.

        Raises:
            CompileError: when a loss is not finite, naming the layer; what was saved stays.
        """
        execution = Execution(self.plan)
        loop = self._loop(execution)
        self.loop = loop
        self.run.write("resolved.yaml", to_yaml(self.plan.resolved))
        facts = {**self._facts(), "name": self.plan.name, "spec": fingerprint(self.plan.resolved)}
        self.run.write_json("lock.json", facts)
        try:
            for event in loop.events():
                if isinstance(event, Notice) and event.diagnostic.code is codes.SAVE_FAILED:
                    self.unsaved = event.diagnostic
                yield event
                if isinstance(event, TrainEnd):
                    self._finish(execution, loop.state)
        except NotFiniteError as error:
            raise provenance.explain(loop, error.step) from None
        self.interrupted = loop.interrupted

    def _loop(self, execution: Execution) -> Loop:
        resumed = self.resumed
        recorder = _Recorder(self.run)
        loop = Loop(
            execution,
            resumed.state if resumed else execution.fresh_state(),
            self.data.train,
            self.data.validation,
            epochs=self.plan.epochs,
            seed=self.plan.seed,
            shuffle=self.plan.shuffle,
            callbacks=[*self.callbacks(), *self.extra],
            position=resumed.position if resumed else None,
            folder=self.run.path,
            save=self._save,
            record=recorder.record,
        )
        if resumed is not None:
            snapshot.restore(loop, resumed)
            self.run.cut_metrics(resumed.meta["metrics_bytes"])
        return loop

    def _facts(self) -> dict[str, Any]:
        """What a checkpoint belongs to, and what its exactness depends on."""
        return {
            "kc": VERSION,
            "spec": self.plan.resolved,
            "strategy": self.plan.form.strategy.value,
            "scans": list(self.plan.form.scans),
            "seed": self.plan.seed,
            "data": self.hashed,
            "folder": self.folder,
            "environment": environment(),
        }

    def _save(self, loop: Loop, keep: Kept) -> list[Diagnostic]:
        """Write a checkpoint; what went wrong, if something did."""
        facts = {**self._facts(), "metrics_bytes": self.run.metrics_bytes()}
        trees, meta = snapshot.take(loop, facts)
        score = loop.epoch_logs.get(keep.best) if keep.best and loop.position.step == 0 else None
        try:
            self.run.store.save(trees, meta, loop.step, score)
        except OSError as error:
            kept = [record.file for record in self.run.store.records()]
            report = Report()
            report.add(
                codes.SAVE_FAILED,
                f"the checkpoint of step {loop.step} could not be saved: {error.strerror or error}",
                help="make room; training goes on, and the next save tries again",
                notes=(f"kept: {listing(kept)}" if kept else "no checkpoint is saved so far",),
            )
            return report.diagnostics
        self.unsaved = None
        self.run.store.prune(keep.last, keep.rises)
        return []

    def _finish(self, execution: Execution, state: TrainState) -> None:
        """Measure the finished model on the test examples and leave it in the run folder."""
        results: dict[str, Any] = {"epochs": self.loop.position.epoch - 1 if self.loop else 0}
        if self.data.test is not None:
            self.test = measure(execution, state, self.data.test)
            results["test"] = dict(self.test)
        try:
            model_file.save(self.run.path / MODEL_FILE, self.plan, state)
            self.run.write_json("results.json", results)
        except OSError as error:
            report = Report()
            report.add(
                codes.SAVE_FAILED,
                f"{self.run.path / MODEL_FILE} could not be saved: {error.strerror or error}",
                help=f"make room, then `kc train {self.run.path} --resume`",
            )
            self.unsaved = report.diagnostics[0]


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Writes the history before any callback sees an epoch, so that a checkpoint includes it."""

    run: RunFolder

    def record(self, event: EpochEnd) -> None:
        self.run.add_epoch({"epoch": event.epoch, "step": event.step, **event.logs})


def begin(plan: Plan, folder: Path, run_path: Path, report: Report) -> Job:
    """A new run on the data of a spec whose paths begin at ``folder``.

    ``report`` takes warnings about the data.

    Raises:
        CompileError: when there is nothing to train, the data cannot be used, or the run's folder
            exists already.
    """
    plan.trained()
    require(plan.callbacks)
    data = examples(plan, folder)
    report_unseen(plan, data, report)
    plan = fitted(plan, data.train.inputs)
    ready = all_on_host(plan.model, data)
    run = RunFolder.create(run_path)
    return Job(
        plan, ready, run, data_hash(data), os.path.relpath(folder.resolve(), run.path.resolve())
    )


def resume(run_path: Path, make_plan: Callable[[Form], Plan], folder: Path, report: Report) -> Job:
    """The run that goes on from its newest whole checkpoint.

    Args:
        run_path: folder of the run.
        make_plan: compiles the spec for the form that the run began with: another one would
            not give the same bits.
        folder: where the paths of the spec begin.
        report: takes warnings, as of damaged checkpoints.

    Raises:
        CompileError: when there is no whole checkpoint, or spec or data changed since.
    """
    run = RunFolder.open(run_path)
    try:
        path = run.store.newest(report)
        if path is None:
            raise damaged(run.path, report)
        meta = format.read_meta(path)
        plan = recalled(make_plan(_form(meta)), meta["spec"])
        data = examples(plan, folder)
        hashed = data_hash(data)
        accept(meta, plan, hashed, report)
        resumed = snapshot.read(path, meta, Execution(plan))
    except BaseException:
        run.close()
        raise
    ready = all_on_host(plan.model, data)
    return Job(plan, ready, run, hashed, meta["folder"], resumed=resumed)


def _form(meta: Mapping[str, Any]) -> Form:
    return Form(Strategy(meta["strategy"]), tuple(meta["scans"]))


def accept(meta: Mapping[str, Any], plan: Plan, hashed: str, report: Report) -> None:
    """Check that a checkpoint belongs to this spec and data, and say what makes it inexact.

    Raises:
        CompileError: when the spec or the data differ.
    """
    changed = [c for c in difference(meta["spec"], plan.resolved) if not _may_change(c)]
    if changed:
        raise failure(
            codes.SPEC_CHANGED,
            "the spec changed since the checkpoint",
            at=plan.place(changed[0].path, None),
            label=f"was {shown(changed[0].old)}",
            help="undo the change, or start a new run with `kc train SPEC`",
            notes=tuple(map(str, changed)),
        )
    if meta["data"] != hashed:
        raise failure(
            codes.DATA_CHANGED,
            "the data changed since the checkpoint",
            help="restore the data, or start a new run with `kc train SPEC`",
        )
    differing = difference(meta["environment"], environment())
    if differing:
        report.add(
            codes.NOT_EXACT,
            "continued, not bit-exact: this is not the environment that the run began in",
            notes=tuple(map(str, differing)),
        )


def _may_change(change: Change) -> bool:
    """More epochs only lengthen a run."""
    longer = isinstance(change.new, int) and change.new >= (change.old or 1)
    return change.path == ("training", "epochs") and longer
