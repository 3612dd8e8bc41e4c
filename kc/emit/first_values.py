"""Prints ``init`` and ``forget``: first values of parameters and layer state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from kc.compiler.lower.compiled import Compiled
from kc.compiler.lower.repeats import Loops
from kc.core.program import Call, Program
from kc.core.stretches import Repeat
from kc.core.types import Weight
from kc.emit.calls import settings
from kc.emit.layout import Brackets, Code, statement
from kc.emit.names import comment, string, value
from kc.emit.parts import numbers
from kc.emit.sources import Sources
from kc.library.initializers import Initializer

INIT = '''\
def init(key):
    """Fresh parameters and layer state; each array has a random stream of its own."""
'''
_NUMBERS = ("number", "inner", "innermost")
"""Variables of loops inside of each other."""
KEYS = "    keys = (jax.random.fold_in(key, number) for number in itertools.count())"
FORGET = '''\
def forget(state, batch_size):
    """The layer state with zeros for what layers remember of the batches before."""
'''


def initializers(program: Program) -> list[Call]:
    """The calls that make first values."""
    return [
        _first_value(weight)
        for group in (program.weights, program.state)
        for weights in group.values()
        for weight in weights.values()
    ]


def _first_value(weight: Weight) -> Call:
    return cast("Initializer", weight.init).lower()


def print_init(compiled: Compiled, sources: Sources) -> str:
    program = compiled.program
    header, state = INIT, "state"
    if program.memory:
        header, state = INIT.replace("(key)", "(key, batch_size)"), "forget(state, batch_size)"
    lines = [KEYS] if program.weights or program.state else []
    loops = Loops(program, compiled.graph)
    for name, group in (("params", program.weights), ("state", program.state)):
        lines += _FirstValues(name, loops, sources).lines(group, program.repeats)
    lines += [line for text in _from_files(compiled) for line in statement(comment(text))]
    return header + "\n".join([*lines, f"    return params, {state}"])


@dataclass(frozen=True, slots=True)
class _FirstValues:
    """Prints a dictionary by scope; where a repeat begins alike, a loop adds its part."""

    name: str
    loops: Loops
    sources: Sources

    def lines(
        self,
        group: Mapping[str, Mapping[str, Weight]],
        repeats: Iterable[Repeat],
        around: Sequence[Repeat] = (),
    ) -> list[str]:
        """The statements for some scopes, inside of the loops of some repeats."""
        alike = [own for own in repeats if _begun_alike(own, group)]
        looped = {next(scope for scope in own.scopes if scope in group): own for own in alike}
        within = {s for own in alike for scopes in own.scopes.values() for s in scopes}
        depth = 1 + len(around)
        lines: list[str] = []
        plain: list[Code] = []

        def flush() -> None:
            begun = bool(lines or around)
            if plain or not begun:
                items = _dictionary(f"{self.name} {'|' * begun}= {{", plain)
                lines.extend(statement(items, depth))
            plain.clear()

        for scope in group:
            if scope in looped:
                flush()
                lines += self.loop(looped[scope], group, around)
            elif scope not in within:
                plain.append(_scope_values(_key(scope, around), group[scope], self.sources))
        flush()
        return lines

    def loop(
        self, repeat: Repeat, group: Mapping[str, Mapping[str, Weight]], around: Sequence[Repeat]
    ) -> list[str]:
        within = (*around, repeat)
        head = f"for {_NUMBERS[len(around)]} in {numbers(repeat)}:"
        own = {scope: group[scope] for scope in repeat.scopes if scope in group}
        inner = self.loops.within(repeat.first, repeat.first + repeat.length, len(within))
        repeats = inner if len(within) < len(_NUMBERS) else ()
        return [*statement(head, len(within)), *self.lines(own, repeats, within)]


def _scope_values(key: str, weights: Mapping[str, Weight], sources: Sources) -> Brackets:
    values = [_initial(name, weight, sources) for name, weight in weights.items()]
    return _dictionary(f"{key}: {{", values)


def print_forget(program: Program) -> str:
    """What begins an epoch; empty where no layer remembers the batches before."""
    if not program.memory:
        return ""
    zeros = [
        _dictionary(f"{string(scope)}: {{", [
            f"{string(name)}: jnp.zeros(({', '.join(['batch_size', *map(str, shape)])}))"
            for name, shape in shapes.items()
        ])
        for scope, shapes in program.memory.items()
    ]  # fmt: skip
    return FORGET + "\n".join(statement(_dictionary("return {", ["**state", *zeros])))


def _from_files(compiled: Compiled) -> list[str]:
    """What is not printed: arrays that kc reads from files."""
    found = {node.scope: node.files for node in compiled.graph.nodes if node.files}
    lines = [f"{string(scope)}: {' and '.join(files)}" for scope, files in found.items()]
    return ["kc puts the arrays of files in the place of those above:", *lines] if lines else []


def _dictionary(open: str, items: Iterable[Code]) -> Brackets:
    return Brackets(open, tuple(items), "}", exploded=True)


def _initial(name: str, weight: Weight, sources: Sources) -> Code:
    call = _first_value(weight)
    arguments = ["next(keys)", value(weight.shape, sources.name_of), *settings(call, sources)]
    return Brackets(f"{string(name)}: {sources.name_of(call.function)}(", arguments, ")")


def _key(scope: str, around: Sequence[Repeat]) -> str:
    """A scope of first iterations, with the numbers of other ones in their places."""
    text, done = "", 0
    for variable, repeat in zip(_NUMBERS, around, strict=False):
        text += f"{scope[done : len(repeat.scope)]}/{{{variable}}}"
        done = len(f"{repeat.scope}/{repeat.number}")
    return f"{'f' * bool(around)}{string(text + scope[done:])}"


def _begun_alike(repeat: Repeat, group: Mapping[str, Mapping[str, Weight]]) -> bool:
    """Whether a loop can make the first values: equal ones, iteration by iteration."""
    first = [scope for scope in repeat.scopes if scope in group]
    wanted = [repeat.scopes[scope][n] for n in range(repeat.times) for scope in first]
    scopes = list(group)
    if not first or scopes[scopes.index(first[0]) :][: len(wanted)] != wanted:
        return False
    return all(group[own] == group[scope] for scope in first for own in repeat.scopes[scope])
