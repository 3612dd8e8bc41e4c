"""A training job in a run folder: begin or resume, train, test, leave the model behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from kc.compiler.plan.execution import Execution, TrainState
from kc.compiler.plan.plan import Form, Plan, Strategy, streaming
from kc.compiler.plan.timing import Timing, fastest
from kc.core import codes
from kc.core.comparison import fingerprint
from kc.core.diagnostic import Diagnostic, Report
from kc.core.events import EpochEnd, Event, Logs, RunEnd
from kc.core.version import VERSION
from kc.library.callback import Callback
from kc.library.callbacks.checkpoint import Checkpoint
from kc.runtime import changes, model_file, provenance, snapshot
from kc.runtime.changes import Terms
from kc.runtime.checkpoint import format
from kc.runtime.data.epochs import training
from kc.runtime.data.job import data_hash, examples, steps_of_run
from kc.runtime.data.split import Splits
from kc.runtime.data.stream import Stream, ready
from kc.runtime.data.unseen import report_unseen
from kc.runtime.device import environment
from kc.runtime.fitting import fitted, recalled
from kc.runtime.loop import Loop, require
from kc.runtime.run_folder import MODEL_FILE, SPEC_FILE, RunFolder, damaged, to_yaml
from kc.runtime.saving import Saver
from kc.runtime.standing import NotFiniteError
from kc.runtime.validation import measure, of_plan


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
    history: Sequence[Any] = ()
    """Changes of spec or data that the run has seen, the oldest first."""
    report: Report = field(default_factory=Report)
    """Warnings about resuming."""
    test: Logs | None = None
    interrupted: bool = False
    unsaved: Diagnostic | None = None
    """Why the last checkpoint could not be saved, if it could not."""
    loop: Loop | None = None
    saver: Saver = field(init=False)

    def __post_init__(self) -> None:
        self.saver = Saver(self.run, self._facts)

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
            yield from loop.events()
        except NotFiniteError as error:
            raise provenance.explain(loop, error) from None
        finally:
            self.saver.close()
        self.interrupted = loop.interrupted
        self.unsaved = self.unsaved or self.saver.unsaved

    def _loop(self, execution: Execution) -> Loop:
        resumed = self.resumed
        recorder = _Recorder(self.run)
        loop = Loop(
            execution,
            resumed.state if resumed else execution.fresh_state(),
            training(self.data.train, self.plan),
            of_plan(execution, self.data.validation),
            epochs=self.plan.epochs,
            seed=self.plan.seed,
            callbacks=[*self.callbacks(), *self.extra],
            position=resumed.position if resumed else None,
            folder=self.run.path,
            saver=self.saver,
            record=recorder.record,
            finish=partial(self._finish, execution),
        )
        if resumed is not None:
            snapshot.restore(loop, resumed)
            self.run.history.cut(resumed.meta["metrics_bytes"])
        return loop

    def _facts(self) -> dict[str, Any]:
        """What a checkpoint belongs to, and what its exactness depends on."""
        return {
            "kc": VERSION,
            "spec": self.plan.resolved,
            "strategy": self.plan.form.strategy.value,
            "scans": list(self.plan.form.scans),
            "streamed": self.plan.form.streamed,
            "seed": self.plan.seed,
            "data": self.hashed,
            "folder": self.folder,
            "environment": environment(),
            **({"changes": self.history} if self.history else {}),
        }

    def _finish(self, execution: Execution, state: TrainState) -> RunEnd:
        """Measure the finished model on what was held out and leave it in the run folder."""
        results: dict[str, Any] = {"epochs": self.loop.position.epoch - 1 if self.loop else 0}
        if self.data.test is not None:
            self.test = measure(execution, state, self.data.test)
            results["test"] = dict(self.test)
        if self.data.validation is not None and self.plan.data and self.plan.data.split.fold:
            results["validation"] = dict(measure(execution, state, self.data.validation))
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
        files = [self.run.path / name for name in (SPEC_FILE, MODEL_FILE)]
        return RunEnd(tuple(file for file in files if file.exists()), self.test or {})


@dataclass(frozen=True, slots=True)
class _Recorder:
    """Writes the history before any callback sees an epoch, so that a checkpoint includes it."""

    run: RunFolder

    def record(self, event: EpochEnd) -> None:
        self.run.history.add({"epoch": event.epoch, "step": event.step, **event.logs})


def begin(
    plan: Plan, folder: Path, run_path: Path, report: Report, timings: Sequence[Timing] = ()
) -> Job:
    """A new run, in the form that trains fastest over all its steps.

    Args:
        plan: what to train, and how where nothing was measured.
        folder: where the paths of the spec begin.
        run_path: folder of the run.
        report: takes warnings about the data.
        timings: how long forms of the program take.

    Raises:
        CompileError: when there is nothing to train, the data cannot be used, or the run's folder
            exists already.
    """
    plan.trained()
    require(plan.callbacks)
    data = examples(plan, folder)
    report_unseen(plan, data, report)
    plan = fastest(plan, timings, steps_of_run(plan, data))
    if isinstance(data.train, Stream):
        plan = streaming(plan)
    plan = fitted(plan, data.train)
    prepared, hashed = data.map(lambda part: ready(part, plan)), data_hash(data)
    run = RunFolder.create(run_path)
    return Job(plan, prepared, run, hashed, os.path.relpath(folder.resolve(), run.path.resolve()))


def resume(
    run_path: Path,
    make_plan: Callable[[Form], Plan],
    folder: Path,
    report: Report,
    terms: Terms = Terms(),  # noqa: B008  # frozen
) -> Job:
    """The run that goes on from its newest whole checkpoint.

    Args:
        run_path: folder of the run.
        make_plan: compiles the spec for the form that the run began with: another one would
            not give the same bits.
        folder: where the paths of the spec begin.
        report: takes warnings, as of damaged checkpoints.
        terms: what may differ from the checkpoint.

    Raises:
        CompileError: when there is no whole checkpoint, or spec or data changed since, and the
            terms do not allow that.
    """
    run = RunFolder.open(run_path)
    try:
        path = run.store.newest(report)
        is_newest = all(found.code is not codes.CHECKPOINT_DAMAGED for found in report)
        if path is None or (terms.strict and not is_newest):
            raise damaged(run.path, report, is_older_whole=path is not None)
        meta = format.read_meta(path)
        plan = recalled(make_plan(_form(meta)), meta["spec"])
        data = examples(plan, folder, plan.form.streamed)
        hashed = data_hash(data)
        resumed, history = _accepted(path, meta, plan, run, hashed, report, terms)
    except BaseException:
        run.close()
        raise
    prepared = data.map(lambda part: ready(part, plan))
    return Job(plan, prepared, run, hashed, meta["folder"], resumed=resumed, history=history)


def _form(meta: Mapping[str, Any]) -> Form:
    return Form(Strategy(meta["strategy"]), tuple(meta["scans"]), meta["streamed"])


def _accepted(
    path: Path,
    meta: Mapping[str, Any],
    plan: Plan,
    run: RunFolder,
    hashed: str,
    report: Report,
    terms: Terms,
) -> tuple[snapshot.Snapshot, list[Any]]:
    """The snapshot in a checkpoint, and all changes that the run has seen."""
    history = run.changes()
    found = changes.find(meta, plan, hashed)
    changes.report_environment(meta, report)
    if not found:
        return snapshot.read(path, meta, Execution(plan)), history
    known = changes.is_recorded(found, meta, history)
    if not (known or terms.allow_change):
        raise changes.refuse(plan, found)
    resumed = changes.accept(path, meta, plan, found, report)
    return resumed, history if known else [*history, changes.entry(found, resumed)]
