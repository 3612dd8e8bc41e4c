"""Covariance matrix adaptation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.library.fields import PositiveFloat, PositiveInt
from kc.library.sampler import LearningSampler

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class CmaEs(LearningSampler, kind="cma_es", aka=("cmaes", "cma")):
    """Values drawn from a normal distribution that moves towards good trials.

    Good for ranges and some hundred trials. It learns nothing about choices, which are drawn at
    random. Needs the package ``cmaes``, as the extra ``sweep`` has it.

    Source: Hansen and Ostermeier 2001.

    Example:
        sampler: {cma_es: {population: 8}}
    """

    packages = ("cmaes",)
    most_objectives = 1

    startup_trials: PositiveInt = 1
    """Random trials before it learns."""
    population: PositiveInt | None = None
    """Trials between two moves of the distribution; by default it follows from the space."""
    sigma: PositiveFloat | None = None
    """First width of the distribution; by default a sixth of the smallest range."""

    def make(self, seed: int) -> BaseSampler:
        from optuna.samplers import CmaEsSampler

        return CmaEsSampler(
            seed=seed,
            n_startup_trials=self.startup_trials,
            popsize=self.population,
            sigma0=self.sigma,
            warn_independent_sampling=False,
        )
