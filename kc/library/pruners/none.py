"""No pruning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.library.pruner import Pruner

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class NoPruner(Pruner, kind="none"):
    """Every trial runs to its end.

    Example:
        pruner: none
    """

    def make(self, epochs: int) -> BasePruner:
        from optuna.pruners import NopPruner

        return NopPruner()
