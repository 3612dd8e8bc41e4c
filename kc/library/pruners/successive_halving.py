"""Successive halving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.library.fields import NonNegativeInt, PositiveInt
from kc.library.pruner import Pruner

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class SuccessiveHalving(Pruner, kind="successive_halving", aka=("asha", "sha")):
    """Lets the best of each rung go on to the next one, which is some times as many epochs long.

    Source: Li et al. 2018, asynchronous.

    Example:
        pruner: {successive_halving: {min_epochs: 2, reduction_factor: 3}}
    """

    min_epochs: PositiveInt = 1
    """Epochs of the first rung."""
    reduction_factor: Annotated[int, Field(ge=2, le=100)] = 4
    """One of so many trials goes on, for so many times as long."""
    skipped_rungs: NonNegativeInt = 0
    """Rungs at the beginning that end no trial."""

    def make(self, epochs: int) -> BasePruner:
        from optuna.pruners import SuccessiveHalvingPruner

        return SuccessiveHalvingPruner(self.min_epochs, self.reduction_factor, self.skipped_rungs)
