"""Parts of a program that Python prints as functions: iterations of a repeat, uses of a block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kc.core.program import Call, Program, Repeat, Step
from kc.core.span import Span
from kc.core.types import TensorType, Weight
from kc.emit.names import string


@dataclass(frozen=True, slots=True)
class Part:
    """Steps in a row that are printed as a function, and called where they stood."""

    called: str
    """What the user calls it."""
    prefix: str
    """What scopes inside of it begin with."""
    first: int
    """Position of its first step."""
    stop: int
    """Position behind its last one, of all iterations."""
    taken: Sequence[str]
    """Values from outside; what is carried from iteration to iteration comes first."""
    made: Sequence[str]
    """Values that are read outside, as they are called there."""
    body: Program
    """Its steps, or those of one iteration, by the names that values have inside."""
    repeat: Repeat | None = None

    @property
    def parameters(self) -> list[str]:
        """What the function takes beside arrays, as its signature says."""
        own = ["params"] * any(step.weights for step in self.body.steps)
        own += ["state"] * self.has_state
        if self.repeat is not None:
            own.append("number")
        else:
            own += ["scope"] * self._uses_scope
            own += ["stream"] * (self.first_stream is not None)
        return [*own, *self.flags]

    @property
    def flags(self) -> list[str]:
        """Parameters that every call hands on."""
        steps = self.body.steps
        uses = {
            "key": any(step.key_index is not None for step in steps),
            "train": any(step.key_index is not None or step.call.takes_train for step in steps),
            "valid": any(step.call.takes_valid for step in steps),
        }
        return [name for name, used in uses.items() if used]

    @property
    def _uses_scope(self) -> bool:
        used = [step.scope for step in self.body.steps if step.weights or step.state]
        return any(self.scope(scope) != string(scope) for scope in used)

    @property
    def has_state(self) -> bool:
        return any(step.state for step in self.body.steps)

    @property
    def first_stream(self) -> int | None:
        """Number of its first random stream."""
        streams = [step.key_index for step in self.body.steps if step.key_index is not None]
        return streams[0] if streams else None

    def scope(self, scope: str) -> str:
        """A key of ``params`` and ``state`` inside of the function."""
        rest = scope.removeprefix(self.prefix)
        if rest == scope or rest[:1] not in {"", "/"}:
            return string(scope)
        if self.repeat is not None:
            return iterated(self.repeat, scope)
        return f"f{string(f'{{scope}}{rest}')}" if rest else "scope"

    def stream(self, index: int) -> str:
        """The number of a random stream inside of the function."""
        if self.repeat is None:
            assert self.first_stream is not None
            offset = index - self.first_stream
            return f"stream + {offset}" if offset else "stream"
        first = index - self.repeat.keys * self.repeat.number
        step = "number" if self.repeat.keys == 1 else f"{self.repeat.keys} * number"
        return f"{first} + {step}" if first else step


@dataclass(slots=True)
class Functions:
    """Functions of parts: parts that print alike share one."""

    taken: set[str]
    """Names that functions cannot have."""
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """Names of functions, by their text without the name."""

    def name(self, called: str, text: str) -> str:
        """The name of the function with this text."""
        if text not in self.texts:
            base = "".join(c if c.isalnum() else "_" for c in called)
            names = (f"{base}_{n}" if n else base for n in range(len(self.taken) + 1))
            self.texts[text] = next(name for name in names if name not in self.taken)
            self.taken.add(self.texts[text])
        return self.texts[text]

    def printed(self) -> Iterator[str]:
        return (f"def {name}{text}" for text, name in self.texts.items())


def part(*arrays: object) -> object:
    """Stands for a part in the program around it; it is printed and never called."""
    raise NotImplementedError


def collapse(
    program: Program, blocks: Mapping[str, str], returned: Iterable[str]
) -> tuple[Program, Mapping[str, Part]]:
    """The program with one step for each part, and the parts by what that step makes.

    Args:
        program: the program.
        blocks: uses of blocks, by the path that their nodes begin with.
        returned: values that are read beside the outputs.
    """
    found = [_of_repeat(program, repeat) for repeat in program.repeats]
    covered = {n for own in found for n in range(own.first, own.stop)}
    found += [p for p in _of_blocks(program, blocks, returned) if p.first not in covered]
    steps: list[Step] = []
    position = 0
    for own in sorted(found, key=lambda own: own.first):
        steps += [*program.steps[position : own.first], _stand_in(program, own)]
        position = own.stop
    parts = {own.made[0]: own for own in found}
    return replace(program, steps=(*steps, *program.steps[position:])), parts


def _stand_in(program: Program, own: Part) -> Step:
    first, *others = own.made
    return Step(
        output=first,
        call=Call(part),
        inputs=tuple(own.taken),
        scope=own.prefix,
        parts=tuple(others),
        node=program.steps[own.stop - 1].node,
        span=_written(program.steps[own.first]),
    )


def _of_repeat(program: Program, repeat: Repeat) -> Part:
    prefix = f"{repeat.scope}/{repeat.number}"
    steps = program.steps[repeat.first : repeat.first + repeat.length]
    carried = [own.taken for own in repeat.carried]
    made = [own.made for own in repeat.carried]
    taken = list(dict.fromkeys([*carried, *_from_outside(steps)]))
    return Part(
        called=repeat.scope.rpartition("/")[2] or "layer",
        prefix=prefix,
        first=repeat.first,
        stop=repeat.stop,
        taken=taken,
        made=[own.last for own in repeat.carried],
        body=_body(steps, prefix, taken, made, _names(carried, "carry")),
        repeat=repeat,
    )


def _of_blocks(
    program: Program, blocks: Mapping[str, str], returned: Iterable[str]
) -> Iterator[Part]:
    """Uses of blocks, the outermost ones."""
    end = len(program.steps)
    last_read = {name: n for n, step in enumerate(program.steps) for name in step.reads}
    last_read |= dict.fromkeys([*program.outputs.values(), *returned], end)
    position = 0
    while position < end:
        path = _outermost(program.steps[position].node, blocks)
        if path is None:
            position += 1
            continue
        first = position
        while position < end and program.steps[position].node.startswith(f"{path}/"):
            position += 1
        steps = program.steps[first:position]
        made = [v for step in steps for v in (step.output, *step.parts)
                if last_read.get(v, -1) >= position]  # fmt: skip
        taken = _from_outside(steps)
        if made and len(steps) > 1:
            body = _body(steps, path, taken, made, _names(taken, "given"))
            prefix = _scope_of(steps, path)
            yield Part(blocks[path], prefix, first, position, taken, made, body)


def _scope_of(steps: Sequence[Step], path: str) -> str:
    """What scopes of a block begin with. In a shared part that is not how its nodes begin."""
    for step in steps:
        rest = step.node.removeprefix(path)
        if (step.weights or step.state) and step.scope.endswith(rest):
            return step.scope.removesuffix(rest)
    return path


def _outermost(node: str, blocks: Mapping[str, str]) -> str | None:
    pieces = node.split("/")
    paths = ("/".join(pieces[:n]) for n in range(1, len(pieces)))
    return next((path for path in paths if path in blocks), None)


def _names(values: Sequence[str], word: str) -> Mapping[str, str]:
    """What a function calls values that it is given: a word and numbers, or `mask`."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for value in values:
        kind = "mask" if value.endswith(":mask") else word
        names[value] = f"{kind}_{counts[kind]}" if counts[kind] else kind
        counts[kind] += 1
    return names


def _from_outside(steps: Sequence[Step]) -> list[str]:
    made = {value for step in steps for value in (step.output, *step.parts)}
    return list(dict.fromkeys(v for step in steps for v in step.reads if v not in made))


def _body(
    steps: Sequence[Step],
    path: str,
    taken: Sequence[str],
    made: Sequence[str],
    names: Mapping[str, str],
) -> Program:
    """Steps as a program, by the names that its values have inside."""

    def inside(value: str) -> str:
        return names.get(value) or value.removeprefix(f"{path}/")

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
    return Program(inputs, tuple(renamed), dict(zip(results, results, strict=True)), {})


def _written(step: Step) -> Span | None:
    """Where an item was written: a step of a block knows where the block is used."""
    return step.span.used or step.span if step.span else None


def numbers(repeat: Repeat) -> str:
    """The iterations, as ``range`` gives them."""
    first, stop = repeat.number, repeat.number + repeat.times
    return f"range({first}, {stop})" if first else f"range({stop})"


def iterated(repeat: Repeat, scope: str) -> str:
    """A scope of the first iteration, with the number of another one in its place."""
    rest = scope.removeprefix(f"{repeat.scope}/{repeat.number}")
    return f"f{string(f'{repeat.scope}/{{number}}{rest}')}"


def begun_alike(repeat: Repeat, group: Mapping[str, Mapping[str, Weight]]) -> bool:
    """Whether a loop can make the first values: equal ones, iteration by iteration."""
    first = [scope for scope in repeat.scopes if scope in group]
    wanted = [repeat.scopes[scope][n] for n in range(repeat.times) for scope in first]
    scopes = list(group)
    if not first or scopes[scopes.index(first[0]) :][: len(wanted)] != wanted:
        return False
    return all(group[own] == group[scope] for scope in first for own in repeat.scopes[scope])
