"""The functions of a model that stand for its parts."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from kc.emit.names import identifier


@dataclass(slots=True)
class Function:
    """A function under a name, from behind its name on."""

    name: str
    plain: str
    """Without the shapes that its values have."""
    texts: set[str] = field(default_factory=set[str])
    """With shapes: several where it is used for several ones."""

    def __str__(self) -> str:
        text = next(iter(self.texts)) if len(self.texts) == 1 else self.plain
        return f"def {self.name}{text}"


@dataclass(slots=True)
class Functions:
    """Functions of parts: parts that print alike, up to shapes, share one."""

    taken: set[str]
    """Names that functions cannot have."""
    _by_text: dict[str, Function] = field(default_factory=dict[str, Function])

    def name(self, called: str, plain: str, text: str) -> str:
        """The name of the function with this text."""
        if plain not in self._by_text:
            wanted = identifier(called)
            names = itertools.chain([wanted], (f"{wanted}_{n}" for n in itertools.count(1)))
            name = next(n for n in names if n not in self.taken and not hasattr(builtins, n))
            self._by_text[plain] = Function(name, plain)
            self.taken.add(name)
        function = self._by_text[plain]
        function.texts.add(text)
        return function.name

    def printed(self) -> Iterator[str]:
        """Each one behind those that it calls."""
        return map(str, self._by_text.values())
