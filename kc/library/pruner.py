"""What a pruner is: it ends trials of a sweep that promise little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from kc.core.reference import EntryOf
from kc.core.registry import Entry

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


class Pruner(Entry, family="pruner"):
    """Compares a trial with others after each epoch, and may end it."""

    def make(self, epochs: int) -> BasePruner:
        """Optuna's pruner for trials of so many epochs."""
        raise NotImplementedError


PrunerField = Annotated[Pruner, EntryOf("pruner")]
