"""Repeats as Python prints them: a function for one iteration, and a loop that calls it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kc.core.program import Call, Program, Repeat, Step
from kc.core.span import Span
from kc.core.types import TensorType, Weight
from kc.emit.names import Identifiers, string


@dataclass(frozen=True, slots=True)
class Loop:
    """A repeat of a program, and the names that its function has and takes."""

    repeat: Repeat
    function: str
    body: Program
    """The steps of one iteration as a program: it takes what is carried, then what stays."""

    @property
    def parameters(self) -> list[str]:
        """What the function takes beside arrays, as its signature says."""
        steps = self.body.steps
        keywords = {
            "key": any(step.key_index is not None for step in steps),
            "train": any(step.key_index is not None or step.call.takes_train for step in steps),
            "valid": any(step.call.takes_valid for step in steps),
        }
        used = [name for name, uses in keywords.items() if uses]
        return ["params", *(["state"] if self.has_state else []), "number", *used]

    @property
    def has_state(self) -> bool:
        return any(step.state for step in self.body.steps)


@dataclass(frozen=True, slots=True)
class Naming:
    """How scopes and random streams are written: plainly, or with the number of an iteration."""

    repeat: Repeat | None = None

    def scope(self, scope: str) -> str:
        """A key of ``params`` and ``state``."""
        if self.repeat is None or scope not in self.repeat.scopes:
            return string(scope)
        rest = scope.removeprefix(f"{self.repeat.scope}/{self.repeat.number}")
        return f"f{string(f'{self.repeat.scope}/{{number}}{rest}')}"

    def stream(self, index: int) -> str:
        """The number of a random stream."""
        if self.repeat is None:
            return str(index)
        first = index - self.repeat.keys * self.repeat.number
        step = "number" if self.repeat.keys == 1 else f"{self.repeat.keys} * number"
        return f"{first} + {step}" if first else step


PLAIN = Naming()


def numbers(repeat: Repeat) -> str:
    """The iterations, as ``range`` gives them."""
    first, stop = repeat.number, repeat.number + repeat.times
    return f"range({first}, {stop})" if first else f"range({stop})"


def iterated(*arrays: object) -> object:
    """Stands for a loop in the program around it; it is printed and never called."""
    raise NotImplementedError


def collapse(program: Program, taken: Iterable[str]) -> tuple[Program, Mapping[str, Loop]]:
    """The program with one step for each repeat, and the repeats by what that step makes."""
    identifiers = Identifiers(set(taken))
    loops: dict[str, Loop] = {}
    steps: list[Step] = []
    position = 0
    for repeat in program.repeats:
        name = repeat.scope.rpartition("/")[2] or "layer"
        body = _body(program, repeat)
        steps += program.steps[position : repeat.first]
        first, *others = (carried.last for carried in repeat.carried)
        steps.append(
            Step(
                output=first,
                call=Call(iterated),
                inputs=tuple(_taken(program, repeat)),
                scope=repeat.scope,
                parts=tuple(others),
                node=program.steps[repeat.stop - 1].node,
                span=_written(program.steps[repeat.first]),
            )
        )
        loops[first] = Loop(repeat, identifiers.fresh(name), body)
        position = repeat.stop
    return replace(program, steps=(*steps, *program.steps[position:])), loops


def _taken(program: Program, repeat: Repeat) -> list[str]:
    """What the first iteration takes: what is carried, then what all iterations read."""
    steps = program.steps[repeat.first : repeat.first + repeat.length]
    made = {value for step in steps for value in (step.output, *step.parts)}
    read = [value for step in steps for value in step.reads if value not in made]
    return list(dict.fromkeys([*(carried.taken for carried in repeat.carried), *read]))


def _body(program: Program, repeat: Repeat) -> Program:
    """One iteration, by the names that its values have inside of it."""
    prefix = f"{repeat.scope}/{repeat.number}/"
    carried = {own.taken: "mask" if _is_mask(own.taken) else "carry" for own in repeat.carried}

    def inside(value: str) -> str:
        return carried.get(value) or value.removeprefix(prefix)

    steps = [
        replace(
            step,
            output=inside(step.output),
            inputs=tuple(map(inside, step.inputs)),
            masks=tuple(mask and inside(mask) for mask in step.masks),
            parts=tuple(map(inside, step.parts)),
        )
        for step in program.steps[repeat.first : repeat.first + repeat.length]
    ]
    made = [inside(own.made) for own in repeat.carried]
    # Types of its inputs say nothing here.
    inputs = dict.fromkeys(map(inside, _taken(program, repeat)), TensorType(()))
    return Program(inputs, tuple(steps), dict(zip(made, made, strict=True)), output_types={})


def _written(step: Step) -> Span | None:
    """Where an item was written: a step of a block knows where the block is used."""
    return step.span.used or step.span if step.span else None


def _is_mask(value: str) -> bool:
    return value.endswith(":mask")


def begun_alike(repeat: Repeat, group: Mapping[str, Mapping[str, Weight]]) -> bool:
    """Whether a loop can make the first values: equal ones, iteration by iteration."""
    first = [scope for scope in repeat.scopes if scope in group]
    wanted = [repeat.scopes[scope][n] for n in range(repeat.times) for scope in first]
    scopes = list(group)
    if not first or scopes[scopes.index(first[0]) :][: len(wanted)] != wanted:
        return False
    return all(group[own] == group[scope] for scope in first for own in repeat.scopes[scope])
