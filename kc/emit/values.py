"""Names the values of a program as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kc.core.program import Program
from kc.core.registry import entries
from kc.emit.names import Identifiers, string

CHAIN = "x"
"""The variable that a chain of layers hands on."""
UNREAD = "_"
"""One of several outputs that nothing reads."""


class Values:
    """The expression that stands for each value of a program.

    A value that only the next step uses is ``x``, unless its layer has a name of its own. An input
    that is used once is written in its place.
    """

    def __init__(
        self,
        program: Program,
        shared: Iterable[str],
        taken: Iterable[str],
        returned: Iterable[str] = (),
        parameters: bool = False,
    ) -> None:
        """Values that are returned beside the outputs count as read at the end, too.

        ``shared`` are names that parts have, and the values of their items by themselves. Inputs
        are variables where they are ``parameters`` of a function.
        """
        self._program = program
        self._automatic = {*entries("layer"), *entries("activation"), *shared}
        self._readers = _readers(program, returned)
        self._names = _short_names(program)
        identifiers = Identifiers({*taken, CHAIN})
        self.inputs: dict[str, str] = {}
        """Variables of the inputs that need one, in order."""
        self._expressions: dict[str, str] = {}
        for name in program.inputs:
            if parameters and self._begins_chain(name):
                self._expressions[name] = CHAIN
            elif parameters:
                self._expressions[name] = identifiers.fresh(_parameter(name))
            elif len(self._readers.get(name, ())) > 1:
                self.inputs[name] = self._expressions[name] = identifiers.fresh(name)
            else:
                self._expressions[name] = f"inputs[{string(name)}]"
        for position, step in enumerate(program.steps):
            for part in step.parts:
                used = part in self._readers
                self._expressions[part] = identifiers.fresh(self._names[part]) if used else UNREAD
            named = self._is_named(step.output) or not self._is_chain(step.output, position)
            wanted = self._names[step.output]
            self._expressions[step.output] = identifiers.fresh(wanted) if named else CHAIN
            if step.parts and step.output not in self._readers:
                self._expressions[step.output] = UNREAD

    def __getitem__(self, value: str) -> str:
        return self._expressions[value]

    def _is_chain(self, value: str, position: int) -> bool:
        """Whether the next step is the only one to read a value, or the return if there is none."""
        masks = value.endswith(":mask")
        return not masks and self._readers.get(value, []) == [position + 1]

    def _begins_chain(self, value: str) -> bool:
        """Whether a value that has no name is read by the first step only."""
        first = next(iter(self._program.inputs))
        return value == first == "given" and self._readers.get(value) == [0]

    def _is_named(self, value: str) -> bool:
        """Whether the user wrote the name at the top of the model, not in a part of it."""
        name = self._names[value]
        kind = re.sub(r"_\d+$", "", name)
        return not re.search("[:/]", name) and kind not in self._automatic


def _parameter(value: str) -> str:
    """What a function calls a value that it is given."""
    node, _, rest = value.rpartition("/")[2].partition(":")
    return rest if rest == "mask" else re.sub(r"_\d+$", "", node)


def _readers(program: Program, returned: Iterable[str]) -> Mapping[str, list[int]]:
    """Positions of the steps that read each value, once for each time; outputs are read last."""
    readers: dict[str, list[int]] = {}
    for position, step in enumerate(program.steps):
        for name in step.reads:
            readers.setdefault(name, []).append(position)
    for value in (*program.outputs.values(), *returned):
        readers.setdefault(value, []).append(len(program.steps))
    return readers


def _short_names(program: Program) -> Mapping[str, str]:
    """The last node of ``a/...`` makes what the user calls ``a``; others keep their path."""
    last: dict[str, str] = {}
    for step in program.steps:
        for prefix in _prefixes(step.output):
            last[prefix] = step.output
    names: dict[str, str] = {}
    for step in program.steps:
        prefixes = [p for p in _prefixes(step.output) if last[p] == step.output]
        name = prefixes[0] if prefixes else step.output
        names[step.output] = name.removeprefix("preprocess/")
        names |= {part: part.removeprefix("preprocess/") for part in step.parts}
    return names


def _prefixes(value: str) -> list[str]:
    """``a`` and ``a/b`` of ``a/b/c``, without the bare ``preprocess``."""
    parts = value.split("/")
    prefixes = ["/".join(parts[:n]) for n in range(1, len(parts))]
    return [prefix for prefix in prefixes if prefix != "preprocess"]
