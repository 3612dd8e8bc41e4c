"""Samplers of the library as Optuna calls them.

Each trial has a sampler of its own, whose randomness follows from the seed of the sweep and the
number of the trial: a sweep that was killed goes on with the same values, in any process.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from kc.core import codes
from kc.core.diagnostic import failure
from kc.library.sampler import LearningSampler, PlaceSampler
from kc.library.samplers.random import Random
from kc.schemas.space import Parameter, Point, Space
from kc.schemas.sweep import Sweep

MOST_ATTEMPTS: Final = 10_000
"""Places that are drawn for a trial until one meets the constraints."""


def distribution(own: Parameter) -> BaseDistribution:
    """A parameter as Optuna has it."""
    if own.options:
        return CategoricalDistribution(own.labels)
    chosen = own.distribution
    low, high = chosen.ends
    count = chosen.count
    if chosen.whole_numbers:
        step = int(chosen.step or 1)
        last = int(high) if chosen.log or count is None else int(chosen.number(count - 1))
        return IntDistribution(int(low), last, log=chosen.log, step=step)
    last = high if count is None else chosen.number(count - 1)
    return FloatDistribution(low, last, log=chosen.log, step=chosen.step)


def sampler_of(sweep: Sweep, space: Space) -> BaseSampler:
    """The sampler of a sweep."""
    sampler = sweep.sampler
    if isinstance(sampler, LearningSampler):
        return _Learning(sampler, sweep.seed)
    if isinstance(sampler, PlaceSampler):
        return _Placed(sampler, space, sweep.seed)
    return _Grid(space)


def drawn(sweep: Sweep, space: Space) -> BaseSampler:
    """A sampler for a trial for which that of the sweep finds no values the constraints allow."""
    return _Placed(Random(), space, sweep.seed)


class _ByNumber(BaseSampler):
    """A sampler to which a trial is a number."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.point = lru_cache(maxsize=4)(self._point)

    def _point(self, number: int) -> Point:
        raise NotImplementedError

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self.point(trial.number)[param_name]


class _Placed(_ByNumber):
    def __init__(self, sampler: PlaceSampler, space: Space, seed: int) -> None:
        super().__init__(space)
        self.sampler, self.seed = sampler, seed

    def _point(self, number: int) -> Point:
        size = len(self.space.all)
        for attempt in range(MOST_ATTEMPTS):
            point = self.space.at(self.sampler.place(number, attempt, size, self.seed))
            if self.space.fits(point):
                return point
        raise failure(
            codes.EMPTY_SPACE,
            f"none of {MOST_ATTEMPTS:,} points of the space meets all constraints",
            help="widen the space, or remove a constraint",
        )


class _Grid(_ByNumber):
    def __init__(self, space: Space) -> None:
        super().__init__(space)
        self.grid = list(space.points())

    def _point(self, number: int) -> Point:
        return self.grid[number]


class _Learning(BaseSampler):
    """Optuna's sampler, made anew for each trial."""

    def __init__(self, sampler: LearningSampler, seed: int) -> None:
        self.sampler, self.seed = sampler, seed
        self._made: tuple[int, BaseSampler] | None = None

    def _of(self, trial: FrozenTrial) -> BaseSampler:
        if self._made is None or self._made[0] != trial.number:
            seed = int(np.random.SeedSequence([self.seed, trial.number]).generate_state(1)[0])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                self._made = trial.number, self.sampler.make(seed)
        return self._made[1]

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return self._of(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._of(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self._of(trial).sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._of(trial).before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Any) -> None:
        self._of(trial).after_trial(study, trial, state, values)


def planned(sweep: Sweep, space: Space, default: int) -> int:
    """How many trials a sweep has."""
    if not sweep.is_grid:
        return sweep.trials or default
    if not space.constraints:
        assert space.count is not None
        return min(space.count, sweep.trials or space.count)
    return sum(1 for _ in islice(space.points(), sweep.trials))
