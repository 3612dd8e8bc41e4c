"""Stretches of a program's steps that may run otherwise than one step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """A value that each iteration of a loop takes from the one before."""

    taken: str
    """What the first iteration takes."""
    made: str
    """What the first iteration makes of it."""
    last: str
    """What the last iteration makes of it."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps that stand several times in a row, each time on other weights.

    Iterations make the same calls. What follows reads only what the last one hands on.
    """

    scope: str
    """The item that is repeated; inside, its iterations are ``SCOPE/0``, ``SCOPE/1``."""
    path: str
    """The same for the nodes that its steps belong to."""
    number: int
    """The first iteration of the item that is one of these."""
    first: int
    """Position of the first step."""
    length: int
    """Steps of one iteration."""
    times: int
    carried: tuple[Carried, ...]
    scopes: Mapping[str, tuple[str, ...]]
    """The scopes of all iterations, by that of the first; other scopes are the same for all."""
    keys: int
    """How many random streams an iteration has."""

    @property
    def stop(self) -> int:
        """Position behind the last step."""
        return self.first + self.length * self.times


@dataclass(frozen=True, slots=True)
class Remat:
    """Steps that the backward pass runs again, in place of keeping what they make inside."""

    first: int
    """Position of the first step."""
    length: int
    made: tuple[str, ...]
    """What is read outside; all else may be forgotten."""
    states: tuple[str, ...]
    """Scopes of the layer state that it changes, those of shared parts last."""

    @property
    def stop(self) -> int:
        """Position behind the last step."""
        return self.first + self.length
