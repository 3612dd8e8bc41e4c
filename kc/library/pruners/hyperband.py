"""Hyperband."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.library.fields import PositiveInt
from kc.library.pruner import Pruner

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class Hyperband(Pruner, kind="hyperband"):
    """Successive halving with several lengths of the first rung, each for some of the trials.

    Source: Li et al. 2018, Hyperband.

    Example:
        pruner: {hyperband: {min_epochs: 2}}
    """

    min_epochs: PositiveInt = 1
    """Epochs of the shortest first rung."""
    reduction_factor: Annotated[int, Field(ge=2, le=100)] = 3
    """One of so many trials goes on, for so many times as long."""

    def make(self, epochs: int) -> BasePruner:
        from optuna.pruners import HyperbandPruner

        return HyperbandPruner(self.min_epochs, max(epochs, self.min_epochs), self.reduction_factor)
