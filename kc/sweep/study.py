"""A study: which trials there are, who runs them, and what came of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import optuna
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, TrialState

from kc.core.events import Logs
from kc.library.pruners.none import NoPruner
from kc.runtime.run_folder import RunFolder
from kc.schemas.space import Parameter, Space
from kc.schemas.sweep import TRIALS, Goal, Sweep
from kc.sweep.folder import SweepFolder
from kc.sweep.sampling import distribution, drawn, planned, sampler_of
from kc.sweep.trial import Candidate, Outcome, State, Trial

NAME: Final = "sweep"
OUTCOME: Final = "outcome"
REJECTED: Final = "rejected"
"""Mark of a trial whose values the constraints do not allow. It was never run, and counts for
nothing; Optuna sees that it was no good."""
_MOST_REJECTED: Final = 50
"""Of one trial, before its values are drawn at random."""

optuna.logging.set_verbosity(optuna.logging.WARNING)

_STATES: Final[Mapping[TrialState, State]] = {
    TrialState.RUNNING: "running",
    TrialState.WAITING: "running",
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


class Study:
    """The trials of a sweep, shared with other processes through its folder."""

    def __init__(self, folder: SweepFolder, sweep: Sweep, epochs: int) -> None:
        self.folder = folder
        self.sweep = sweep
        self.space = Space.of(sweep.space, sweep.constraints)
        self.planned = planned(sweep, self.space, TRIALS)
        """How many trials there will be."""
        self._journal = folder.journal
        self._sampler = sampler_of(sweep, self.space)
        with folder.alone():
            self._study = optuna.create_study(
                study_name=NAME,
                storage=JournalStorage(self._journal),
                sampler=self._sampler,
                pruner=sweep.pruner.make(epochs),
                directions=["maximize" if g.rises else "minimize" for g in sweep.objective],
                load_if_exists=True,
            )
        self._leases: dict[int, RunFolder] = {}

    # Who runs what

    def take(self, most: int) -> list[Candidate]:
        """Trials for this process: first those of processes that are gone, then new ones."""
        with self.folder.alone():
            trials = self._trials()
            left = [own for own in trials if own.state is TrialState.RUNNING]
            taken = [found for own in left if (found := self._again(own)) is not None][:most]
            while len(taken) < most and len(trials) < self.planned:
                if (found := self._new()) is None:
                    break
                taken.append(found)
                trials = self._trials()
        return taken

    def is_done(self) -> bool:
        """Whether all trials have ended, in whatever process."""
        trials = self._trials()
        ended = sum(own.state.is_finished() for own in trials)
        return ended >= self.planned and ended == len(trials)

    def _again(self, own: FrozenTrial) -> Candidate | None:
        """A trial that is running, if nobody runs it."""
        if own.number in self._leases:
            return None
        lease = self.folder.lease(own.number)
        if lease is None:
            return None
        trial = optuna.Trial(self._study, own._trial_id)  # pyright: ignore[reportPrivateUsage]
        return self._settled(trial, lease)

    def _new(self) -> Candidate | None:
        for attempt in range(_MOST_REJECTED + 1):
            if attempt == _MOST_REJECTED:
                self._study.sampler = drawn(self.sweep, self.space)
            try:
                trial = self._study.ask()
                lease = self.folder.lease(trial.number)
                found = None if lease is None else self._settled(trial, lease)
            finally:
                self._study.sampler = self._sampler
            if found is not None:
                return found
        return None

    def _settled(self, trial: optuna.Trial, lease: RunFolder) -> Candidate | None:
        """A trial with its values; None where the constraints do not allow them."""
        point = self.space.walk(lambda own: _suggested(trial, own))
        number = trial.number
        if not self.space.fits(point):
            trial.set_user_attr(REJECTED, True)
            self._study.tell(number, state=TrialState.PRUNED)
            lease.close()
            return None
        self._leases[number] = lease
        overrides = self.space.assignments(point)
        return Candidate(number, point, overrides, lease.path)

    # What comes of it

    def report(self, candidate: Candidate, epoch: int, logs: Logs) -> bool:
        """Take what an epoch logs. Tells whether the trial is to be pruned."""
        if isinstance(self.sweep.pruner, NoPruner):
            return False
        goal, *_ = self.sweep.objective
        value = logs.get(goal.log)
        if value is None or not math.isfinite(value):
            return False
        trial = optuna.Trial(self._study, self._id(candidate.number))
        if epoch not in self._frozen(candidate.number).intermediate_values:
            trial.report(value, epoch)
        return trial.should_prune()

    def finish(self, candidate: Candidate, outcome: Outcome) -> Trial:
        """Keep what came of a trial, durably, and let go of it."""
        number = candidate.number
        outcome = _finite(outcome, self.sweep.objective)
        storage = self._study._storage  # pyright: ignore[reportPrivateUsage]
        storage.set_trial_user_attr(self._id(number), OUTCOME, outcome.plain())
        match outcome.state:
            case "finished":
                self._study.tell(number, [outcome.means[g.metric] for g in self.sweep.objective])
            case "pruned":
                self._study.tell(number, state=TrialState.PRUNED)
            case _:
                self._study.tell(number, state=TrialState.FAIL)
        self._journal.sync()
        self._leases.pop(number).close()
        return _trial(self._frozen(number))

    def close(self) -> None:
        """Let go of all trials; others may run them."""
        for lease in self._leases.values():
            lease.close()
        self._leases.clear()

    def trials(self) -> list[Trial]:
        """All trials so far, in order."""
        return [_trial(own) for own in self._trials()]

    @property
    def optuna(self) -> optuna.Study:
        """Optuna's own view."""
        return self._study

    def _trials(self) -> list[FrozenTrial]:
        found = self._study.get_trials(deepcopy=False)
        return [own for own in found if not own.user_attrs.get(REJECTED)]

    def _frozen(self, number: int) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[number]

    def _id(self, number: int) -> int:
        return self._frozen(number)._trial_id  # pyright: ignore[reportPrivateUsage]


def best(trials: Sequence[Trial], goals: Sequence[Goal]) -> list[Trial]:
    """The best finished trial; for several goals, all that no other one beats."""
    found = [own for own in trials if own.state == "finished"]
    if len(goals) == 1:
        return ranked(found, goals)[:1]

    def costs(own: Trial) -> list[float]:
        return [-v if g.rises else v for v, g in zip(own.values, goals, strict=True)]

    def beats(a: Trial, b: Trial) -> bool:
        pairs = list(zip(costs(a), costs(b), strict=True))
        return all(x <= y for x, y in pairs) and any(x < y for x, y in pairs)

    front = [own for own in found if not any(beats(other, own) for other in found)]
    return sorted(front, key=lambda own: (costs(own), own.number))


def ranked(trials: Sequence[Trial], goals: Sequence[Goal]) -> list[Trial]:
    """Finished trials by their first objective, then the others by number."""
    sign = -1 if goals[0].rises else 1
    order = {"finished": 0, "pruned": 1, "running": 2, "failed": 3}
    return sorted(
        trials,
        key=lambda own: (
            order[own.state], sign * own.values[0] if own.state == "finished" else 0, own.number,
        ),
    )  # fmt: skip


def _suggested(trial: optuna.Trial, own: Parameter) -> Any:
    """The value that a trial has, or gets."""
    found: Any = trial._suggest(own.name, distribution(own))  # pyright: ignore[reportPrivateUsage]
    return found if own.options else own.distribution.rounded(found)


def _finite(outcome: Outcome, goals: Sequence[Goal]) -> Outcome:
    """The outcome, failed where an objective has no value."""
    if outcome.state != "finished":
        return outcome
    for goal in goals:
        value = outcome.means.get(goal.metric)
        if value is None or not math.isfinite(value):
            why = f"`{goal.metric}` is {'not logged' if value is None else value}"
            return Outcome("failed", (), why, outcome.seconds, outcome.epochs)
    return outcome


def _trial(own: FrozenTrial) -> Trial:
    state = _STATES[own.state]
    found = own.user_attrs.get(OUTCOME)
    outcome = Outcome(**found) if found else Outcome(state)
    values = tuple(own.values or ()) if state == "finished" else ()
    return Trial(own.number, state, dict(own.params), outcome, values)
