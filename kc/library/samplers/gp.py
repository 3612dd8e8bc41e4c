"""A Gaussian process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.library.fields import PositiveInt
from kc.library.sampler import LearningSampler

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class GP(LearningSampler, kind="gp", aka=("gaussian_process",)):
    """Values for which a Gaussian process expects the largest improvement.

    Good for few, expensive trials. Needs the package ``torch``.

    Source: Jones et al. 1998.

    Example:
        sampler: gp
    """

    packages = ("torch",)

    startup_trials: PositiveInt = 10
    """Random trials before it learns."""

    def make(self, seed: int) -> BaseSampler:
        from optuna.samplers import GPSampler

        return GPSampler(
            seed=seed, n_startup_trials=self.startup_trials, warn_independent_sampling=False
        )
