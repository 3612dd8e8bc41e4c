"""What ``$name`` stands for at a place: variables, parameters of a block, ``$i`` of a repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kc.core.span import Span
from kc.core.text import listing, nearest
from kc.core.tree import Tree


class Value(NamedTuple):
    """A resolved value, how many values it holds and how many levels."""

    node: Tree
    weight: int = 1
    height: int = 0
    failed: bool = False
    """Whether it stands for a value that could not be found. Its place is that of the error, so
    that nothing else is said about it.
    """


@dataclass(slots=True)
class Name:
    """What one name stands for."""

    what: str
    """``variable `width` ``, as origins call it."""
    node: Tree
    """Its value: as written for a variable, resolved for all else."""
    value: Value | None
    """Its resolved value; None for a variable that was not used yet."""
    seen: set[str] = field(default_factory=set[str])
    """Takes the name when it is used. Shared by all that are defined together."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Names that a place sees, the inner ones first."""

    names: Mapping[str, Name]
    outer: Scope | None = None
    use: Span | None = None
    """The use of the block that is being written out."""

    def find(self, name: str) -> Name | None:
        """The meaning of a name, which counts as used."""
        if name in self.names:
            self.names[name].seen.add(name)
            return self.names[name]
        return self.outer.find(name) if self.outer else None

    def inside(self, names: Mapping[str, Name]) -> Scope:
        """A scope with further names at the same place."""
        return Scope(names, self, self.use)

    def known(self) -> list[str]:
        """All names, the inner ones first."""
        return list(dict.fromkeys([*self.names, *(self.outer.known() if self.outer else ())]))

    def help(self, name: str) -> str:
        """A way out for a name that nothing defines."""
        known = self.known()
        if match := nearest(name, known):
            return f"did you mean `${match}`?"
        if name == "i":
            return "`$i` is the number of a repetition, known beside or below `repeat` and `for`"
        if not known:
            return "define it in `vars`; `$$` writes a dollar sign"
        where = "known here:" if self.outer else "`vars` has"
        return f"{where} {listing(f'${word}' for word in known)}"
