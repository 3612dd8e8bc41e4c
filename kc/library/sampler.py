"""What a sampler is: it chooses the values that the trials of a sweep try."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, ClassVar

from kc.core.reference import EntryOf
from kc.core.registry import Entry

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class Sampler(Entry, family="sampler"):
    """Chooses the values of each trial."""

    packages: ClassVar[tuple[str, ...]] = ()
    """Packages that it needs beside those of kc."""
    most_objectives: ClassVar[int] = 8
    """How many objectives it can search for."""

    @property
    def missing(self) -> Sequence[str]:
        """The packages that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]


SamplerField = Annotated[Sampler, EntryOf("sampler")]


class LearningSampler(Sampler):
    """A sampler that learns from the trials before; Optuna has it."""

    def make(self, seed: int) -> BaseSampler:
        """Optuna's sampler for one trial."""
        raise NotImplementedError


class PlaceSampler(Sampler):
    """A sampler to which a trial is a number: it says where in the unit cube its values lie."""

    def place(self, number: int, attempt: int, size: int, seed: int) -> Sequence[float]:
        """A place in the unit cube of so many axes.

        Args:
            number: that of the trial, from 0.
            attempt: how many places for this trial the constraints refused.
            size: the number of axes.
            seed: that of the sweep.
        """
        raise NotImplementedError
