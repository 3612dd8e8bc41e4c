"""One trial, trained: its spec compiled and run without checkpoints, and measured."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kc.compiler.pipeline import Options, compile
from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import Plan, plan, streaming
from kc.compiler.plan.timing import fastest
from kc.core.comparison import fingerprint
from kc.core.diagnostic import CompileError, Report
from kc.core.events import EpochEnd, Logs
from kc.core.span import SourceText
from kc.core.version import VERSION
from kc.interop.initial import load
from kc.library.callbacks.checkpoint import Checkpoint
from kc.library.callbacks.progress import Progress
from kc.library.monitor import higher_is_better
from kc.runtime import timings
from kc.runtime.data.epochs import training
from kc.runtime.data.job import examples, steps_of_run
from kc.runtime.data.split import Splits
from kc.runtime.data.stream import Stream, ready
from kc.runtime.device import environment
from kc.runtime.fitting import fitted
from kc.runtime.history import History
from kc.runtime.loop import Loop, require
from kc.runtime.run_folder import to_yaml
from kc.runtime.standing import NotFiniteError
from kc.runtime.validation import of_plan
from kc.schemas.sweep import LAST, PARAMETERS, Goal, Sweep, fold
from kc.sweep.trial import Candidate, Measures, Outcome

HISTORY = "metrics.jsonl"

Look = Callable[[int, Logs], bool]
"""Takes what an epoch logs, and tells whether the trial is to end."""


class PrunedError(Exception):
    """A pruner ended a trial."""


@dataclass(slots=True)
class Trainer:
    """Trains the trials of one sweep in this process. Trials that share examples read them once."""

    source: SourceText
    options: Options
    """What was asked for beside what a trial changes; its folder is where data paths begin."""
    sweep: Sweep
    _data: tuple[str, Splits] | None = field(default=None, init=False)

    def train(self, candidate: Candidate, look: Look) -> Outcome:
        """Run a trial as often as the sweep says."""
        began = time.perf_counter()
        runs: list[Measures] = []
        epochs = 0
        state, why = "finished", ""
        try:
            for number, overrides in enumerate(self.runs(candidate)):
                made = self.planned(overrides)
                history: list[Logs] = []
                for logs in self._run(made, run_folder(candidate, number)):
                    history.append(logs)
                    epochs += 1
                    if number == 0 and look(len(history), logs) and len(history) < made.epochs:
                        raise PrunedError
                runs.append(measured(history, made, self.sweep.objective))
        except PrunedError:
            state = "pruned"
        except CompileError as error:
            state, why = "failed", reason(error)
        except NotFiniteError as error:
            state, why = "failed", not_finite(error.step)
        return Outcome(state, runs, why, time.perf_counter() - began, epochs)

    def runs(self, candidate: Candidate) -> Iterator[Sequence[str]]:
        """The overrides of each run of a trial."""
        own = candidate.overrides
        every = self.sweep.folds
        for folds in [fold(n + 1, every) for n in range(every)] if every else [()]:
            if self.sweep.repeats == 1:
                yield [*own, *folds]
                continue
            first = self.planned([*own, *folds]).seed
            for repeat in range(self.sweep.repeats):
                yield [*own, *folds, f"training.seed={first + repeat}"]

    def planned(self, overrides: Sequence[str]) -> Plan:
        """The plan of a run, with the weights that its spec names.

        Raises:
            CompileError: when the spec holds errors.
        """
        options = replace(self.options, overrides=[*self.options.overrides, *overrides])
        folder = self.folder
        compiled = compile(self.source, options, Report(), folder)
        made = plan(compiled)
        made.trained()
        own = [c for c in made.callbacks if not isinstance(c, Checkpoint | Progress)]
        require(own)
        return replace(made, callbacks=tuple(own), initial=load(compiled.graph, folder))

    @property
    def folder(self) -> Path:
        return self.options.folder or Path()

    def examples(self, made: Plan) -> Splits:
        """The examples of a plan: raw inputs.

        Raises:
            CompileError: when the data cannot be used.
        """
        of = fingerprint(
            {
                "data": made.resolved.get("data"),
                "inputs": str(made.model.inputs),
                "targets": str(made.losses),
            }
        )
        if self._data is None or self._data[0] != of:
            self._data = of, examples(made, self.folder)
        found = self._data[1]
        if isinstance(found.train, Stream):
            self._data = None  # it belongs to its plan
        return found

    def formed(self, made: Plan) -> Plan:
        """A plan in the form that trains fastest.

        Raises:
            CompileError: when the data cannot be used.
        """
        data = self.examples(made)
        made = fastest(made, timings.read(made), steps_of_run(made, data))
        return streaming(made) if isinstance(data.train, Stream) else made

    def _run(self, made: Plan, folder: Path) -> Iterator[Logs]:
        """Train, tell what each epoch logs, and leave in a folder what `kc runs` reads.

        Raises:
            NotFiniteError: when numbers become NaN or infinite.
            CompileError: when the data cannot be used, or a callback fails.
        """
        data = self.examples(made)
        made = fitted(self.formed(made), data.train)
        data = data.map(lambda part: ready(part, made))
        describe(made, folder)
        execution = Execution(made)
        history = History(folder / HISTORY)
        loop = Loop(
            execution,
            execution.fresh_state(),
            training(data.train, made),
            of_plan(execution, data.validation),
            epochs=made.epochs,
            seed=made.seed,
            callbacks=made.callbacks,
            folder=folder,
        )
        for event in loop.events():
            if isinstance(event, EpochEnd):
                history.add(line(event))
                yield event.logs


def run_folder(candidate: Candidate, number: int) -> Path:
    """Where a run of a trial leaves what it has to say: the first one in the trial's own folder."""
    return candidate.folder / f"run-{number + 1}" if number else candidate.folder


def line(event: EpochEnd) -> Mapping[str, Any]:
    """An epoch as a line of the history."""
    return {"epoch": event.epoch, "step": event.step, **event.logs}


def describe(made: Plan, folder: Path) -> None:
    """Say in a folder what is trained there; what an earlier attempt left is removed."""
    for left in folder.glob("[!.]*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resolved.yaml").write_text(to_yaml(made.resolved))
    facts: Mapping[str, Any] = {
        "kc": VERSION,
        "name": made.name,
        "seed": made.seed,
        "spec": fingerprint(made.resolved),
        "environment": environment(),
    }
    (folder / "lock.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")


def measured(history: Sequence[Logs], made: Plan, goals: Sequence[Goal]) -> Measures:
    """What a run measures: its logs, and the model's size."""
    return {**logged(history, goals), PARAMETERS: float(made.facts.parameters)}


def logged(history: Sequence[Logs], goals: Sequence[Goal]) -> Measures:
    """Each log at its best, and as ``last.`` that of the last epoch that has it."""
    rises = {goal.log: goal.rises for goal in goals}
    values: dict[str, list[float]] = {}
    for logs in history:
        for name, value in logs.items():
            values.setdefault(name, []).append(float(value))
    best = {
        name: (max if rises.get(name, higher_is_better(name)) else min)(_finite(found))
        for name, found in values.items()
    }
    return {**best, **{f"{LAST}{name}": found[-1] for name, found in values.items()}}


def _finite(values: Sequence[float]) -> Sequence[float]:
    """Those that can be compared, if there are any."""
    return [value for value in values if math.isfinite(value)] or values


def reason(error: CompileError) -> str:
    """Why a trial cannot be trained."""
    first = error.report.diagnostics[0]
    return f"{first.code.id}: {first.message}"


def not_finite(step: int) -> str:
    """Why a trial failed whose numbers are no longer numbers."""
    return f"a loss or a weight is not finite after step {step + 1}"
