"""Prints ``init`` and ``apply``: the program's calls, in its order."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import cast

from kc.compiler.lower.compiled import Compiled
from kc.core.program import Call, Program, Step
from kc.core.types import TensorType, Weight
from kc.emit.layout import LINE_LENGTH, Brackets, Code, statement
from kc.emit.names import comment, string, value
from kc.emit.sources import Sources
from kc.emit.values import Values
from kc.library.initializers import Initializer

INIT = '''\
def init(key):
    """Fresh parameters and layer state; each array has a random stream of its own."""
'''
KEYS = "    keys = (jax.random.fold_in(key, number) for number in itertools.count())"
APPLY = '''\
def apply(params, state, inputs, *, key=None, train=False, valid=None):
    """Outputs by name, and the layer state after this batch.

    Args:
        params: arrays by layer and name, as from `init`.
        state: what layers remember from batch to batch, by layer and name.
        inputs: arrays by name, with one row per example.
        key: randomness of this step; needed for training where a layer is random.
        train: whether layers behave as in training.
        valid: (batch,), 0 for examples that only pad the batch; None when none does.
    """
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


def print_init(program: Program, sources: Sources) -> str:
    lines = [KEYS] if program.weights or program.state else []
    for name, group in (("params", program.weights), ("state", program.state)):
        scopes = [
            _dictionary(f"{string(scope)}: {{", [
                _initial(weight_name, weight, sources) for weight_name, weight in weights.items()
            ])
            for scope, weights in group.items()
        ]  # fmt: skip
        lines += statement(_dictionary(f"{name} = {{", scopes))
    return INIT + "\n".join([*lines, "    return params, state"])


def _dictionary(open: str, items: Iterable[Code]) -> Brackets:
    return Brackets(open, tuple(items), "}", exploded=True)


def _initial(name: str, weight: Weight, sources: Sources) -> Code:
    call = _first_value(weight)
    arguments = ["next(keys)", value(weight.shape, sources.name_of), *settings(call, sources)]
    return Brackets(f"{string(name)}: {sources.name_of(call.function)}(", arguments, ")")


def print_apply(compiled: Compiled, sources: Sources, taken: Iterable[str]) -> str:
    program = compiled.program
    values = Values(program, compiled.spec.model.shared, taken)
    types = {node.name: node.output for node in compiled.graph.nodes}
    lines = ["    state = dict(state)"] if any(step.state for step in program.steps) else []
    for name, variable in values.inputs.items():
        lines += statement(f"{variable} = inputs[{string(name)}]")
    node = ""
    for step in program.steps:
        if step.node != node:
            node = step.node
            lines += _heading(step, types)
        target = values[step.output]
        if step.state:
            target = f"{target}, state[{string(step.scope)}]"
        call = Brackets(
            f"{target} = {sources.name_of(step.call.function)}(",
            arguments(step, values, sources),
            ")",
        )
        lines += statement(call)
    lines += _return({name: values[value] for name, value in program.outputs.items()})
    return APPLY + "\n".join(lines)


def arguments(step: Step, values: Values, sources: Sources) -> list[str]:
    """What a step gives to its function, as ``bind.apply`` does."""
    found = [values[name] for name in step.inputs]
    if step.weights:
        found.append(f"**params[{string(step.scope)}]")
    if step.state:
        found.append(f"**state[{string(step.scope)}]")
    found += settings(step.call, sources)
    if step.key_index is not None:
        found.append(f"key=jax.random.fold_in(key, {step.key_index}) if train else None")
    found += ["train=train"] * step.call.takes_train + ["valid=valid"] * step.call.takes_valid
    return found


def settings(call: Call, sources: Sources) -> list[str]:
    """Keyword arguments, without those that say what the function's defaults say."""
    declared = inspect.signature(call.function).parameters
    defaults = {name: repr(parameter.default) for name, parameter in declared.items()}
    return [
        f"{name}={value(setting, sources.name_of)}"
        for name, setting in call.settings.items()
        if repr(setting) != defaults.get(name)
    ]


def _heading(step: Step, types: Mapping[str, TensorType]) -> list[str]:
    """A comment that says where a node was written, and the shape that it makes."""
    place = f"{place_name(step.span.file_line)} " if step.span else ""
    return statement(comment(f"{place}-> {type_name(types[step.node])}"))


def place_name(path: str) -> str:
    """The file without its folders."""
    return path.replace("\\", "/").rpartition("/")[2]


def type_name(kind: TensorType) -> str:
    shape = f"({', '.join(['batch', *map(str, kind.shape)])}{',' * (not kind.shape)})"
    return shape if kind.is_float else f"{kind.dtype} {shape}"


def _return(outputs: Mapping[str, str]) -> list[str]:
    items = [f"{string(name)}: {variable}" for name, variable in outputs.items()]
    line = f"    return {{{', '.join(items)}}}, state"
    if len(line) <= LINE_LENGTH:
        return [line]
    return [*statement(Brackets("outputs = {", items, "}")), "    return outputs, state"]
