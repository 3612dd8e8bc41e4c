"""Prints the calls of a program in its order, and the functions of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kc.compiler.lower.compiled import Compiled
from kc.core.program import Program, Step
from kc.core.stretches import Repeat
from kc.emit.calls import heading, settings
from kc.emit.functions import Functions
from kc.emit.layout import Brackets, Code, statement
from kc.emit.names import string
from kc.emit.parts import Part, numbers
from kc.emit.sources import Sources
from kc.emit.trees import Trees
from kc.emit.values import Values
from kc.library.precision import cast_floats


class Expressions(Protocol):
    """What stands for each value of a program."""

    def __getitem__(self, value: str, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints calls, wherever in the model they stand."""

    compiled: Compiled
    sources: Sources
    functions: Functions

    def names(self, parts: Mapping[str, Part]) -> Mapping[str, str]:
        """The functions of parts; those that no function has printed yet are."""
        return {made: self._function(own) for made, own in parts.items() if not own.is_layer}

    def shared(self, parts: Mapping[str, Part]) -> set[str]:
        """Names that items have without having been given them."""
        return {*self.compiled.spec.model.shared, *(own.called for own in parts.values())}

    def _function(self, part: Part) -> str:
        """Print the function of a part; its name."""
        names = self.names(part.parts)
        taken = {*self.functions.taken, *part.parameters}
        values = Values(part.body, self.shared(part.parts), taken, parameters=True)
        signature = [*(values[name] for name in part.body.inputs), *part.parameters]
        made = [values[name] for name in part.body.outputs]
        trees = Trees(part)
        made += _states(part, "state", trees)

        def text(shapes: bool) -> str:
            lines = statement(Brackets("(", signature, "):"), depth=0)
            lines.append(f'    """{_what(part)}"""')
            lines += self.body(part.body, part.parts, names, values, trees, shapes)
            return "\n".join([*lines, f"    return {', '.join(made)}"])

        return self.functions.name(part.called, text(shapes=False), text(shapes=True))

    def body(
        self,
        program: Program,
        parts: Mapping[str, Part],
        names: Mapping[str, str],
        values: Expressions,
        trees: Trees,
        shapes: bool = True,
    ) -> list[str]:
        """The calls of a program, those of a node under its place and its type."""
        types = {node.name: node.output for node in self.compiled.graph.nodes}
        lines: list[str] = []
        node = ""
        for step in program.steps:
            if step.node != node:
                node = step.node
                lines += statement(found) if (found := heading(step, types, shapes)) else []
            own = parts.get(step.output)
            if own is None:
                lines += statement(self._step(step, values, trees))
            elif own.is_layer:
                lines += self._loop(step, own, values, trees)
            else:
                lines += _call(step, names[step.output], own, values, trees)
        return lines

    def _loop(self, step: Step, own: Part, values: Expressions, trees: Trees) -> list[str]:
        """A layer that is repeated: its calls in a loop."""
        assert own.repeat is not None
        made = values[step.output]
        begin, *others = (values[name] for name in step.inputs)
        inside = dict(zip(own.body.inputs, (made, *others), strict=True))
        inside |= {inner.output: made for inner in own.body.steps}
        lines = [] if begin == made else statement(f"{made} = {begin}")
        lines.append(f"    for number in {numbers(own.repeat)}:")
        for inner in own.body.steps:
            lines += statement(self._step(inner, inside, trees, own.repeat), depth=2)
        return lines

    def _step(
        self, step: Step, values: Expressions, trees: Trees, repeat: Repeat | None = None
    ) -> Code:
        """A call, and what it makes."""
        made = ", ".join(values[name] for name in step.made)
        if step.state:
            made = f"({made})" if step.parts else made
            made += f", {trees.of('state', step.scope, repeat)}"
        arguments = self._arguments(step, values, trees, repeat)
        return Brackets(f"{made} = {self.sources.name_of(step.call.function)}(", arguments, ")")

    def _arguments(
        self, step: Step, values: Expressions, trees: Trees, repeat: Repeat | None
    ) -> list[Code]:
        """What a step gives to its function, as ``bind.apply`` does."""
        found: list[Code] = [values[name] for name in step.inputs]
        if step.weights:
            found.append(f"**{self._weights(step, trees.of('params', step.scope, repeat))}")
        if step.state:
            found.append(f"**{trees.of('state', step.scope, repeat)}")
        found += settings(step.call, self.sources)
        found += _masks(step, values)
        if step.key_index is not None:
            stream = f"jax.random.fold_in(key, {trees.stream(step.key_index, repeat)})"
            found.append(f"key={stream} if train else None")
        train = "train=False" if step.infers else "train=train"
        found += [train] * step.call.takes_train + ["valid=valid"] * step.call.takes_valid
        return found

    def _weights(self, step: Step, weights: str) -> str:
        if step.precision == "float32":
            return weights
        cast = self.sources.name_of(cast_floats)
        return f"{cast}({weights}, precision={string(step.precision)})"


def _call(step: Step, function: str, own: Part, values: Expressions, trees: Trees) -> list[str]:
    """What calls the function of a part: in a loop where it is repeated."""
    made = [values[name] for name in step.made]
    given = [values[name] for name in step.inputs]
    rest = [_argument(name, own, trees) for name in own.parameters]
    if own.repeat is None:
        return statement(_calling(function, made, [*given, *rest], own, trees))
    begin, others = given[: len(made)], given[len(made) :]
    lines = [] if begin == made else statement(f"{', '.join(made)} = {', '.join(begin)}")
    lines.append(f"    for number in {numbers(own.repeat)}:")
    return lines + statement(_calling(function, made, [*made, *others, *rest], own, trees), depth=2)


def _calling(
    function: str, made: Sequence[str], given: Sequence[str], own: Part, trees: Trees
) -> Brackets:
    """The call of a part's function, and what it makes."""
    if not own.remat:
        return Brackets(f"{', '.join(made)} = {function}(", given, ")")
    made = [*made, *_states(own, trees.of("state", own.scope, own.repeat), trees)]
    called = Brackets("partial(", [function, *given], ")")
    return Brackets(f"{', '.join(made)} = jax.checkpoint(", [called], ")()")


def _states(own: Part, state: str, trees: Trees) -> list[str]:
    """The layer state that comes out of a part which is computed again, its own first."""
    if not own.remat:
        return []
    return [
        *([state] if "state" in own.parameters else []),
        *(trees.of("state", scope) for scope in own.shared_states),
    ]


def _what(own: Part) -> str:
    """What the function of a part stands for."""
    if own.block is not None:
        return f"The block `{own.block}`."
    if own.repeat is not None:
        return f"One of the {own.repeat.times} repetitions of `{own.called}`."
    return f"The item `{own.called}`."


def _argument(name: str, own: Part, trees: Trees) -> str:
    """What is given to the function of a part for one of its parameters."""
    match name:
        case "params" | "state":
            return trees.of(name, own.scope, own.repeat)
        case "shared" | "shared_state":
            return trees.shared(name)
        case "stream":
            assert own.first_stream is not None
            return trees.stream(own.first_stream, own.repeat)
        case _:
            return name


def _masks(step: Step, values: Expressions) -> list[str]:
    """The masks of a step's inputs, where there is one."""
    if all(mask is None for mask in step.given_masks):
        return []
    masks = ["None" if mask is None else values[mask] for mask in step.given_masks]
    if not step.call.takes("masks"):
        return [f"mask={masks[0]}"]
    return [f"masks=({', '.join(masks)}{',' * (len(masks) == 1)})"]
