"""What a person sees while a sweep runs: a table on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kc.cli.escape import escape, shorten
from kc.core.events import Logs
from kc.report.words import duration
from kc.sweep.search import Observer, Unobserved
from kc.sweep.study import Study, best
from kc.sweep.trial import Candidate, Trial

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_WIDEST = 24
_LAST = 8
"""Trials that the table shows below the best one, and of those that run."""
_SECONDS_PER_LOOK = 0.2


@contextmanager
def watching(study: Study, quiet: bool) -> Generator[Observer]:
    """What shows a study at work."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if quiet:
        yield Unobserved()
    elif console.is_terminal and console.is_interactive and console.file.isatty():
        from rich.live import Live

        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield _Table(study, live)
    else:
        yield _Lines(study)


class _Lines(Unobserved):
    """A line for each trial that ends."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.best: int | None = None

    def ended(self, trial: Trial) -> None:
        trials = self.study.trials()
        front = best(trials, self.study.sweep.objective)
        is_best = bool(front) and front[0].number == trial.number
        done = sum(own.state != "running" for own in trials)
        mark = "  best so far" if is_best and len(self.study.sweep.objective) == 1 else ""
        print(f"[{done}/{self.study.planned}] {told(trial, self.study)}{mark}", flush=True)


class _Table:
    """Best so far, the last trials, and how long it will take."""

    def __init__(self, study: Study, live: Live) -> None:
        self.study, self.live = study, live
        self.running: dict[int, str] = {}
        self.began_at = time.monotonic()
        self.shown_at = 0.0
        self.done_before = sum(own.state != "running" for own in study.trials())

    def began(self, candidate: Candidate) -> None:
        self.running[candidate.number] = "begins"
        self._show()

    def epoch(self, candidate: Candidate, epoch: int, logs: Logs) -> None:
        goal = self.study.sweep.objective[0]
        value = f"  {goal.log} {logs[goal.log]:.4f}" if goal.log in logs else ""
        self.running[candidate.number] = f"epoch {epoch}{value}"
        self._show()

    def ended(self, trial: Trial) -> None:
        self.running.pop(trial.number, None)
        self._show()

    def _show(self) -> None:
        # Reading the study takes longer than an epoch of a small model.
        if time.monotonic() - self.shown_at >= _SECONDS_PER_LOOK:
            from rich.console import Group

            trials = self.study.trials()
            self.live.update(Group(self._table(trials), self._summary(trials)))
            self.shown_at = time.monotonic()

    def _table(self, trials: list[Trial]) -> Table:
        from rich.table import Table

        study = self.study
        goals = study.sweep.objective
        table = Table(box=None, pad_edge=False)
        names = [study.space.short_names[own.name] for own in study.space.parameters]
        for head in ("trial", "state", *(goal.metric for goal in goals), *names):
            table.add_column(head, no_wrap=True)
        front = best(trials, goals)
        ended = [own for own in trials if own.state != "running"]
        for own in [*front[:1], *reversed(ended[-_LAST:])]:
            values = [f"{value:.4f}" for value in own.values] or [""] * len(goals)
            points = [_shown(own.point.get(p.name)) for p in study.space.parameters]
            style = "bold green" if front and own is front[0] else ""
            table.add_row(str(own.number), own.state, *values, *points, style=style)
        for number, what in list(self.running.items())[:_LAST]:
            table.add_row(str(number), what, *[""] * (len(goals) + len(names)), style="cyan")
        return table

    def _summary(self, trials: list[Trial]) -> str:
        states = Counter(own.state for own in trials)
        done = len(trials) - states["running"]
        here = done - self.done_before
        left = self.study.planned - done
        seconds = (time.monotonic() - self.began_at) / here * left if here else None
        eta = f", {duration(seconds)} left" if seconds is not None and left else ""
        told = ", ".join(f"{states[s]} {s}" for s in ("finished", "running", "pruned", "failed"))
        return f"{done} of {self.study.planned} trials: {told}{eta}"


def told(own: Trial, study: Study) -> str:
    """A trial on one line."""
    goals = study.sweep.objective
    deviations = own.outcome.deviations
    values = [
        f"{goal.metric} {value:.4f}"
        + (f" ± {deviations[goal.metric]:.4f}" if goal.metric in deviations else "")
        for goal, value in zip(goals, own.values, strict=False)
    ]
    point = [f"{study.space.short_names[name]}={_shown(v)}" for name, v in own.point.items()]
    why = [f"({own.outcome.why})"] if own.outcome.why else []
    state = [] if own.state == "finished" else [own.state]
    words = [f"trial {own.number}", *state, *values, *point, *why, duration(own.outcome.seconds)]
    return escape("  ".join(words))


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return shorten(text, _WIDEST)
