"""A sweep at work: trials are taken, run and told to the study until there are none left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kc.core.events import Logs
from kc.sweep.executors import Executor
from kc.sweep.study import Study
from kc.sweep.trial import Candidate, Outcome, Trial

RESULTS = "results.json"
_PAUSE = 0.2
"""Seconds between two looks at trials that other processes run."""


class Observer(Protocol):
    """What a person sees of a sweep."""

    def began(self, candidate: Candidate) -> None: ...

    def epoch(self, candidate: Candidate, epoch: int, logs: Logs) -> None: ...

    def ended(self, trial: Trial) -> None: ...


class Unobserved:
    """Nobody looks."""

    def began(self, candidate: Candidate) -> None:
        pass

    def epoch(self, candidate: Candidate, epoch: int, logs: Logs) -> None:
        pass

    def ended(self, trial: Trial) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Search:
    """A process at work on a study."""

    study: Study
    executor: Executor
    observer: Observer
    clock: Callable[[], float] = time.monotonic

    def run(self, *, to_the_end: bool) -> None:
        """Run trials until all of them are taken, or the sweep's time is over.

        Args:
            to_the_end: whether to wait for trials of other processes, and to run them where those
                are gone.
        """
        try:
            self._run(to_the_end)
        finally:
            self.study.close()

    def _run(self, to_the_end: bool) -> None:
        sweep = self.study.sweep
        stop = self.clock() + (sweep.timeout or float("inf"))
        while self.clock() < stop:
            batch = self.study.take(self.executor.room)
            for candidate, outcome in self.executor.run(batch, self):
                trial = self._finish(candidate, outcome)
                if sweep.fail_fast and trial.state == "failed":
                    return
            if not batch:
                if not to_the_end or self.study.is_done():
                    return
                time.sleep(_PAUSE)

    def _finish(self, candidate: Candidate, outcome: Outcome) -> Trial:
        plain = {
            "trial": candidate.number,
            **outcome.plain(),
            "mean": dict(outcome.means),
            "std": dict(outcome.deviations),
            "overrides": list(candidate.overrides),
        }
        candidate.folder.mkdir(parents=True, exist_ok=True)
        (candidate.folder / RESULTS).write_text(json.dumps(plain, indent=2) + "\n")
        trial = self.study.finish(candidate, outcome)
        self.observer.ended(trial)
        return trial

    # What the executor tells

    def began(self, candidate: Candidate) -> None:
        self.observer.began(candidate)

    def epoch(self, candidate: Candidate, epoch: int, logs: Logs) -> bool:
        self.observer.epoch(candidate, epoch, logs)
        return self.study.report(candidate, epoch, logs)
