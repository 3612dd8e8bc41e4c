"""Trials that train as one compiled program."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kc.compiler.plan.plan import Plan
from kc.core.diagnostic import CompileError
from kc.core.events import EpochEnd, Logs
from kc.runtime.data.split import Splits
from kc.runtime.history import History
from kc.runtime.population import Population, worthwhile
from kc.sweep.training import (
    HISTORY,
    Trainer,
    describe,
    line,
    measured,
    not_finite,
    run_folder,
)
from kc.sweep.trial import Candidate, Measures, Outcome, Watch


@dataclass(slots=True)
class Run:
    """One run of a trial."""

    candidate: Candidate
    number: int
    """Among those of the trial, from 0."""
    plan: Plan
    history: list[Logs] = field(default_factory=list[Logs])


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of whole trials that are one program."""

    trainer: Trainer
    runs: Sequence[Run]
    data: Splits

    def train(self, watch: Watch) -> Iterator[tuple[int, Outcome]]:
        """Train all; a trial comes back by its number when all its runs have ended."""
        began = time.perf_counter()
        population = Population([run.plan for run in self.runs], self.data)
        for run in self.runs:
            describe(run.plan, run_folder(run.candidate, run.number))
            if run.number == 0:
                watch.began(run.candidate)
        pruned: set[int] = set()
        told: set[int] = set()
        for epoch in population.epochs():
            for number, event in epoch.items():
                run = self.runs[number]
                self._keep(run, event)
                if run.number == 0 and self._ends(run, event, watch):
                    pruned.add(run.candidate.number)
                    self._drop(run.candidate, population)
            for candidate in self._candidates:
                if candidate.number not in told and self._has_ended(candidate, population):
                    told.add(candidate.number)
                    seconds = (time.perf_counter() - began) / len(self._candidates)
                    outcome = self._outcome(candidate, population, seconds, pruned)
                    yield candidate.number, outcome

    @property
    def _candidates(self) -> Sequence[Candidate]:
        return [run.candidate for run in self.runs if run.number == 0]

    def _keep(self, run: Run, event: EpochEnd) -> None:
        run.history.append(event.logs)
        History(run_folder(run.candidate, run.number) / HISTORY).add(line(event))

    def _ends(self, run: Run, event: EpochEnd, watch: Watch) -> bool:
        is_bad = watch.epoch(run.candidate, event.epoch, event.logs)
        return is_bad and event.epoch < run.plan.epochs

    def _drop(self, candidate: Candidate, population: Population) -> None:
        for number, run in enumerate(self.runs):
            if run.candidate is candidate:
                population.drop(number)

    def _has_ended(self, candidate: Candidate, population: Population) -> bool:
        return all(
            population.trials[number].ended is not None
            for number, run in enumerate(self.runs)
            if run.candidate is candidate
        )

    def _outcome(
        self, candidate: Candidate, population: Population, seconds: float, pruned: set[int]
    ) -> Outcome:
        numbers = [n for n, run in enumerate(self.runs) if run.candidate is candidate]
        epochs = sum(len(self.runs[n].history) for n in numbers)
        bad = [population.trials[n].bad_step for n in numbers]
        failed = next((step for step in bad if step is not None), None)
        if failed is not None:
            return Outcome("failed", (), not_finite(failed), seconds, epochs)
        if candidate.number in pruned:
            return Outcome("pruned", (), "", seconds, epochs)
        goals = self.trainer.sweep.objective
        found: list[Measures] = [
            measured(self.runs[n].history, self.runs[n].plan, goals) for n in numbers
        ]
        return Outcome("finished", found, "", seconds, epochs)


def groups(trainer: Trainer, candidates: Sequence[Candidate]) -> Iterator[Group]:
    """The trials that are worth to be trained together, in groups."""
    if len(candidates) * trainer.sweep.repeats < 2 or trainer.sweep.folds is not None:
        return  # folds differ in their examples
    found: list[list[list[Run]]] = []
    for candidate in candidates:
        try:
            runs = [
                Run(candidate, number, trainer.formed(trainer.planned(overrides)))
                for number, overrides in enumerate(trainer.runs(candidate))
            ]
            data = trainer.examples(runs[0].plan)
            own = next((g for g in found if _together([*g[0], *runs], data)), None)
        except CompileError:
            continue  # alone, it tells why
        if own is None:
            found.append([runs])
        else:
            own.append(runs)
    for group in found:
        every = [run for runs in group for run in runs]
        data = trainer.examples(every[0].plan)
        if _together(every, data):
            yield Group(trainer, every, data)


def _together(runs: Sequence[Run], data: Splits) -> bool:
    return worthwhile([run.plan for run in runs], data)
