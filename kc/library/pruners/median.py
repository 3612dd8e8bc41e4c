"""Pruning below the median."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.library.fields import NonNegativeInt, PositiveInt
from kc.library.pruner import Pruner

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class Median(Pruner, kind="median"):
    """Ends a trial whose best value so far is worse than the median of others at this epoch.

    Example:
        pruner: {median: {startup_trials: 10, warmup_epochs: 5}}
    """

    startup_trials: NonNegativeInt = 5
    """Trials that have to finish before one is ended."""
    warmup_epochs: NonNegativeInt = 0
    """Epochs of each trial in which it is not ended."""
    interval: PositiveInt = 1
    """Epochs between two looks."""

    def make(self, epochs: int) -> BasePruner:
        from optuna.pruners import MedianPruner

        return MedianPruner(self.startup_trials, self.warmup_epochs, self.interval)
