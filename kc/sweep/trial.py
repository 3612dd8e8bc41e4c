"""A trial of a sweep before and after it ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from kc.core.events import Logs
from kc.schemas.space import Point

State = Literal["running", "finished", "pruned", "failed"]
Measures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trial that is to run."""

    number: int
    point: Point
    """What was chosen, by the names of the space."""
    overrides: Sequence[str]
    """The same, as ``--set`` takes it."""
    folder: Path
    """Where it leaves what it has to say."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial."""

    state: State
    runs: Sequence[Measures] = ()
    """What each of its runs measures: each log at its best, and ``last.`` as it ended."""
    why: str = ""
    """Why it failed."""
    seconds: float = 0.0
    epochs: int = 0
    """Of all its runs together."""

    @property
    def means(self) -> Measures:
        """Over the runs, which all measure the same."""
        from statistics import fmean

        return {name: fmean(run[name] for run in self.runs) for name in self._names}

    @property
    def deviations(self) -> Measures:
        """Standard deviations, as of a sample; none of a single run."""
        from statistics import stdev

        if len(self.runs) < 2:
            return {}
        return {name: stdev(run[name] for run in self.runs) for name in self._names}

    @property
    def _names(self) -> list[str]:
        first, *others = self.runs or ({},)
        return [name for name in first if all(name in run for run in others)]

    def plain(self) -> dict[str, Any]:
        """As JSON, for the journal."""
        return {
            "state": self.state,
            "runs": [dict(run) for run in self.runs],
            "why": self.why,
            "seconds": round(self.seconds, 3),
            "epochs": self.epochs,
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as the study knows it."""

    number: int
    state: State
    point: Point
    outcome: Outcome = field(default_factory=lambda: Outcome("running"))
    values: Sequence[float] = ()
    """What it reached, by objective; empty where it has not finished."""


class Watch(Protocol):
    """What an executor tells while it works."""

    def began(self, candidate: Candidate) -> None:
        """A trial begins, or begins again."""
        ...

    def epoch(self, candidate: Candidate, epoch: int, logs: Logs) -> bool:
        """An epoch of its first run has ended. Tells whether the trial is to be pruned."""
        ...
