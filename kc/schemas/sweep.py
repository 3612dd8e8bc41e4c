"""The section ``sweep``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from kc.core.registry import SpecModel
from kc.library.fields import NonNegativeInt, PositiveFloat, Seed
from kc.library.monitor import higher_is_better
from kc.library.pruner import PrunerField
from kc.library.pruners.none import NoPruner
from kc.library.sampler import LearningSampler, SamplerField
from kc.library.samplers.grid import Grid
from kc.library.samplers.tpe import TPE
from kc.schemas.distribution import DistributionField

LAST = "last."
"""Prefix of the value that the last epoch logs; without it the best of all epochs counts."""
PARAMETERS = "parameters"
"""Objective that is no log: the size of the model."""
TRIALS = 20
"""Of a sweep that does not say how many; a grid has as many as it has combinations."""

_MOST, _LEARNING = 64, 8
"""Trials that are chosen at once."""

Direction = Literal["minimize", "maximize"]


class Goal(SpecModel):
    """What a sweep looks for."""

    metric: str
    """A log, as `val_accuracy`: its best value of all epochs; `last.val_accuracy` is that of the
    last one; `parameters` is the size of the model."""
    direction: Direction | None = None
    """Whether small or large values are good; by default the metric says it, and losses had better
    be small."""

    @property
    def log(self) -> str:
        """The log behind it."""
        return self.metric.removeprefix(LAST)

    @property
    def of_last_epoch(self) -> bool:
        return self.metric.startswith(LAST)

    @property
    def rises(self) -> bool:
        """Whether large values are good."""
        if self.direction is None:
            return higher_is_better(self.log)
        return self.direction == "maximize"


def _goal(value: object) -> object:
    return {"metric": value} if isinstance(value, str) else value


def _goals(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


GoalField = Annotated[Goal, BeforeValidator(_goal, json_schema_input_type=str | Goal)]


class Sweep(SpecModel):
    """A search for good settings: which, what for, and how."""

    objective: Annotated[
        tuple[GoalField, ...],
        Field(min_length=1, max_length=8),
        BeforeValidator(_goals, json_schema_input_type=GoalField | tuple[GoalField, ...]),
    ]
    """What to look for: a log, a log with its direction, or several of them."""
    space: dict[str, DistributionField]
    """What to change: paths as `--set` takes them, each with a list of choices or a range."""
    constraints: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    """Conditions over the paths that every trial meets, as `$width * $depth <= 512`. A condition
    about a path that a trial does not have holds."""
    sampler: SamplerField = TPE.default()
    """How values are chosen."""
    pruner: PrunerField = NoPruner.default()
    """What ends trials that promise little. It looks at the first run of each."""
    together: Annotated[int, Field(gt=0, le=1000)] | None = None
    """How many trials are chosen at once. Those that differ in numbers and seeds alone train as one
    compiled program. By default 64, and 8 where the sampler learns from the trials before."""
    trials: Annotated[int, Field(gt=0, le=100_000)] | None = None
    """How many trials; by default 20, and all combinations of a grid."""
    timeout: PositiveFloat | None = None
    """Seconds after which no trial begins."""
    repeats: Annotated[int, Field(gt=0, le=100)] = 1
    """Runs of each trial, with one seed after another from `training.seed` on. The mean counts."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cross-validate each trial with so many folds. The mean counts."""
    retries: NonNegativeInt = 0
    """How often a trial that fails for want of memory, or in any unforeseen way, is run again."""
    fail_fast: bool = False
    """Whether the first trial that fails ends the sweep."""
    seed: Seed = 0
    """Number from which the values of random samplers follow."""

    @model_validator(mode="after")
    def _agrees(self) -> Sweep:
        most = self.sampler.most_objectives
        if len(self.objective) > most:
            raise ValueError(f"`{self.sampler.kind}` searches for one objective, not for several")
        if len(self.objective) > 1 and not isinstance(self.pruner, NoPruner):
            raise ValueError("a pruner compares one objective, so there cannot be several")
        names = [goal.metric for goal in self.objective]
        if len(set(names)) < len(names):
            raise ValueError("an objective is named twice: remove one of them")
        return self

    @property
    def batch(self) -> int:
        """How many trials are chosen at once."""
        return self.together or (_LEARNING if isinstance(self.sampler, LearningSampler) else _MOST)

    @property
    def is_grid(self) -> bool:
        return isinstance(self.sampler, Grid)

    @property
    def runs(self) -> int:
        """How often each trial trains."""
        return self.repeats * (self.folds or 1)


def fold(number: int, folds: int) -> Sequence[str]:
    """The overrides under which one of several folds validates."""
    return (f"data.split.folds={folds}", f"data.split.fold={number}", "data.split.validation=0")


def searched(sweep: Sweep) -> Mapping[str, object]:
    """What makes trials comparable: all but how many there are, and what happens around them."""
    around = {"together", "trials", "timeout", "retries", "fail_fast"}
    return sweep.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=around)
