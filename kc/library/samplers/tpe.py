"""The tree-structured Parzen estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.library.fields import PositiveInt
from kc.library.sampler import LearningSampler

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class TPE(LearningSampler, kind="tpe", aka=("bayesian", "hyperopt")):
    """Values that were likely among good trials and unlikely among bad ones.

    Good for most spaces, conditional ones too.

    Source: Bergstra et al. 2011.

    Example:
        sampler: {tpe: {startup_trials: 20}}
    """

    startup_trials: PositiveInt = 10
    """Random trials before it learns."""
    candidates: PositiveInt = 24
    """Values that are compared for each one that is chosen."""
    multivariate: bool = False
    """Whether it also learns which values go together."""

    def make(self, seed: int) -> BaseSampler:
        from optuna.samplers import TPESampler

        return TPESampler(
            seed=seed,
            n_startup_trials=self.startup_trials,
            n_ei_candidates=self.candidates,
            multivariate=self.multivariate,
            group=self.multivariate,
        )
