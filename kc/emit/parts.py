"""Parts of a program that Python prints as functions or loops: uses of blocks, repeats, items that
the backward pass computes again."""  # noqa: D205, D209

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kc.compiler.graph.graph import BlockUse, Graph, Region, is_within
from kc.compiler.lower.repeats import Loops
from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.core.program import Call, Program, Step
from kc.core.span import Span
from kc.core.stretches import Repeat
from kc.core.types import TensorType


@dataclass(frozen=True, slots=True)
class Part:
    """Steps in a row that stand in one step: those of an item, or the iterations of a repeat."""

    called: str
    """What the user calls it."""
    block: str | None
    """The block that it is a use of, or that is repeated."""
    scope: str
    """What scopes inside of it begin with, those of the first iteration of a repeat."""
    steps: Sequence[Step]
    """Its steps, or those of the first iteration, by the names that the whole program has."""
    body: Program
    """The same with one step for each part inside, by the names that values have inside."""
    parts: Mapping[str, Part]
    """The parts inside, by what their steps make."""
    repeat: Repeat | None = None
    remat: bool = False
    """Whether the backward pass computes it again. Its function gives back its state then."""

    @property
    def is_layer(self) -> bool:
        """Whether it is one layer repeated, which needs a loop and no function."""
        nodes = {step.node for step in self.steps}
        if self.repeat is None or self.remat:
            return False
        return nodes == {f"{self.repeat.path}/{self.repeat.number}"}

    @property
    def parameters(self) -> list[str]:
        """What its function takes beside values."""
        own = [(step, is_within(step.scope, self.scope)) for step in self.steps]
        uses = {
            "params": any(step.weights and inside for step, inside in own),
            "state": any(step.state and inside for step, inside in own),
            "shared": any(step.weights and not inside for step, inside in own),
            "shared_state": any(step.state and not inside for step, inside in own),
            "stream": self.first_stream is not None,
            "key": self.first_stream is not None,
            "train": any(s.key_index is not None or s.call.takes_train for s in self.steps),
            "valid": any(step.call.takes_valid for step in self.steps),
        }
        return [name for name, used in uses.items() if used]

    @property
    def shared_states(self) -> list[str]:
        """Scopes of the layer state in it that shared parts have."""
        scopes = {step.scope for step in self.steps if step.state}
        return sorted(scope for scope in scopes if not is_within(scope, self.scope))

    @property
    def first_stream(self) -> int | None:
        """Number of its first random stream."""
        return next((s.key_index for s in self.steps if s.key_index is not None), None)


def _called(scope: str) -> str:
    """What an item is called, without the numbers that tell it apart."""
    return re.sub(r"(_\d+)?(/\d+)*$", "", scope).rpartition("/")[2]


def part(*arrays: object) -> object:
    """Stands for a part in the program around it; it is printed and never called."""
    raise NotImplementedError


def collapse(
    program: Program, graph: Graph, returned: Iterable[str]
) -> tuple[Program, Mapping[str, Part]]:
    """The program with one step for each part, and the parts by what that step makes.

    Args:
        program: the program.
        graph: the graph that it was made of.
        returned: values that are read beside the outputs.

    Raises:
        CompileError: when an item that is computed again cannot be a function.
    """
    taken = _taken_twice(program)
    if taken is not None:
        if program.remats:
            raise _no_function(program, taken)
        return program, {}
    steps, parts = _Collapse(program, graph, returned).within(0, len(program.steps), "")
    return replace(program, steps=tuple(steps)), parts


def _taken_twice(program: Program) -> str | None:
    """What a layer and a shared part are both called; None where scopes are paths of a tree."""
    scopes = {*program.weights, *program.state, *program.memory}
    return next((p for scope in scopes for p in _prefixes(scope) if p in scopes), None)


def _no_function(program: Program, taken: str) -> CompileError:
    return failure(
        codes.DUPLICATE_NAME,
        f"`{taken}` is a layer and a shared part, so items with `remat` cannot be printed",
        at=program.steps[program.remats[0].first].span,
        help="give the layer or the part another name",
    )


def _prefixes(path: str) -> list[str]:
    """``a`` and ``a/b`` of ``a/b/c``."""
    pieces = path.split("/")
    return ["/".join(pieces[:n]) for n in range(1, len(pieces))]


class _Collapse:
    """Finds the parts of a program, and those inside of them."""

    def __init__(self, program: Program, graph: Graph, returned: Iterable[str]) -> None:
        self._steps = program.steps
        self._graph = graph
        self._loops = Loops(program, graph)
        self._last_read = {n: at for at, step in enumerate(program.steps) for n in step.reads}
        self._last_read |= dict.fromkeys([*program.outputs.values(), *returned], len(program.steps))

    def within(self, first: int, stop: int, path: str) -> tuple[list[Step], dict[str, Part]]:
        """The steps of a stretch with its parts as steps; nodes of all begin with the path."""
        steps: list[Step] = []
        parts: dict[str, Part] = {}
        repeats = self._repeats(first, stop, path)
        position = first
        while position < stop:
            found = self._part(position, stop, path, repeats.get(position))
            if found is None:
                steps.append(self._steps[position])
                position += 1
                continue
            step, parts[step.output], position = found
            steps.append(step)
        return steps, parts

    def _repeats(self, first: int, stop: int, path: str) -> Mapping[int, Repeat]:
        """Loops by their first step: of those that begin at one step the outermost."""
        iterations = [self._graph.index[s.node].iterations for s in self._steps[first:stop]]
        around = sum(is_within(path, f"{i.path}/{i.number}") for i in iterations[0]) if path else 0
        found: dict[int, Repeat] = {}
        for depth in range(max(map(len, iterations), default=0) - 1, around - 1, -1):
            found |= {own.first: own for own in self._loops.within(first, stop, depth)}
        return found

    def _part(
        self, position: int, stop: int, path: str, repeat: Repeat | None
    ) -> tuple[Step, Part, int] | None:
        """The outermost part that begins at a step, and the position behind it."""
        for item in self._items(self._steps[position].node, path):
            if repeat is None or is_within(repeat.path, item):
                found = self._of_item(position, stop, item)
                if found is not None:
                    return found
        return None if repeat is None else self._of_repeat(repeat)

    def _items(self, node: str, path: str) -> list[str]:
        """The uses of blocks and the item that is computed again, those around others first."""
        around = [p for p in (*_prefixes(node), node) if len(p) > len(path)]
        return [p for p in around if p in self._graph.blocks or self._region(node, p)]

    def _region(self, node: str, path: str) -> Region | None:
        """The item of a path, where it is the one around a node that is computed again."""
        region = self._graph.index[node].remat
        return region if region is not None and region.path == path else None

    def _of_item(self, first: int, stop: int, path: str) -> tuple[Step, Part, int] | None:
        use, region = self._graph.blocks.get(path), self._region(self._steps[first].node, path)
        scope = use.scope if use else region.scope if region else ""
        end = first
        while end < stop and is_within(self._steps[end].node, path):
            end += 1
        steps = self._steps[first:end]
        made = [v for v in _made(steps) if self._last_read.get(v, -1) >= end]
        if not made or (len(steps) == 1 and region is None):
            return None
        taken = _from_outside(steps)
        body, parts = self._body(first, end, path, taken, made)
        found = Part(
            called=use.block if use else _called(scope),
            block=use.block if use else None,
            scope=scope,
            steps=steps,
            body=body,
            parts=parts,
            remat=region is not None,
        )
        return self._stand_in(first, end, path, taken, made), found, end

    def _of_repeat(self, repeat: Repeat) -> tuple[Step, Part, int] | None:
        path = f"{repeat.path}/{repeat.number}"
        end = repeat.first + repeat.length
        steps = self._steps[repeat.first : end]
        taken = list(dict.fromkeys([*(c.taken for c in repeat.carried), *_from_outside(steps)]))
        body, parts = self._body(repeat.first, end, path, taken, [c.made for c in repeat.carried])
        use = self._graph.blocks.get(path)
        found = Part(
            called=use.block if use else repeat.path.rpartition("/")[2],
            block=use.block if use else None,
            scope=f"{repeat.scope}/{repeat.number}",
            steps=steps,
            body=body,
            parts=parts,
            repeat=repeat,
            remat=self._region(steps[0].node, path) is not None,
        )
        if found.is_layer and not _is_chain(steps):
            return None  # Its loop would have to name several values.
        last = [c.last for c in repeat.carried]
        return self._stand_in(repeat.first, repeat.stop, path, taken, last), found, repeat.stop

    def _body(
        self, first: int, stop: int, path: str, taken: Sequence[str], made: Sequence[str]
    ) -> tuple[Program, Mapping[str, Part]]:
        """A stretch as a program of its own, and its parts, by the names that values have there."""
        names = _names(taken, self._graph.blocks.get(path))

        def inside(value: str) -> str:
            return names.get(value) or value.removeprefix(f"{path}/")

        steps, parts = self.within(first, stop, path)
        renamed = [
            replace(
                step,
                output=inside(step.output),
                inputs=tuple(map(inside, step.inputs)),
                masks=tuple(mask and inside(mask) for mask in step.masks),
                parts=tuple(map(inside, step.parts)),
            )
            for step in steps
        ]
        results = [inside(value) for value in made]
        # Types of its inputs say nothing here.
        inputs = dict.fromkeys(map(inside, taken), TensorType(()))
        body = Program(inputs, tuple(renamed), dict(zip(results, results, strict=True)), {})
        return body, {inside(value): own for value, own in parts.items()}

    def _stand_in(
        self, first: int, stop: int, path: str, taken: Sequence[str], made: Sequence[str]
    ) -> Step:
        output, *others = made
        return Step(
            output=output,
            call=Call(part),
            inputs=tuple(taken),
            scope="",
            parts=tuple(others),
            node=self._steps[stop - 1].node,
            span=self._written(self._steps[first], path),
        )

    def _written(self, step: Step, path: str) -> Span | None:
        """Where a part was written that begins with a step: each use of a block in it counts."""
        span = step.span
        for place in _prefixes(step.node):
            if is_within(place, path) and place in self._graph.blocks and span and span.used:
                span = span.used
        return span


def _made(steps: Sequence[Step]) -> list[str]:
    return [value for step in steps for value in step.made]


def _is_chain(steps: Sequence[Step]) -> bool:
    """Whether each step makes one value, which the next one takes."""
    handed_on = all(after.inputs == (before.output,) for before, after in pairwise(steps))
    return handed_on and not any(step.parts for step in steps)


def _from_outside(steps: Sequence[Step]) -> list[str]:
    made = set(_made(steps))
    return list(dict.fromkeys(v for step in steps for v in step.reads if v not in made))


def _names(values: Sequence[str], use: BlockUse | None) -> Mapping[str, str]:
    """What a function calls values that it is given: as the block does, else `given` or `mask`."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for value in values:
        kind = "mask" if value.endswith(":mask") else "given"
        kind = use.inputs.get(value, kind) if use else kind
        names[value] = f"{kind}_{counts[kind]}" if counts[kind] else kind
        counts[kind] += 1
    return names


def numbers(repeat: Repeat) -> str:
    """The iterations, as ``range`` gives them."""
    first, stop = repeat.number, repeat.number + repeat.times
    return f"range({first}, {stop})" if first else f"range({stop})"
