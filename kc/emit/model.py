"""Prints ``apply`` with the functions of its parts, and ``preprocess``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kc.compiler.lower.compiled import Compiled
from kc.emit.body import Printer
from kc.emit.functions import Functions
from kc.emit.layout import LINE_LENGTH, Brackets, statement
from kc.emit.names import string
from kc.emit.parts import Part, collapse
from kc.emit.sources import Sources
from kc.emit.trees import FLAT, NESTED, Trees
from kc.emit.values import Values

BETWEEN = "\n\n\n"
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

PREPROCESS = '''\
def preprocess(inputs):
    """The inputs of `apply`, of arrays as they come: NumPy, since text cannot reach a device."""
'''
FORWARD = APPLY.replace("def apply", "def forward").replace(
    '"""Outputs by name, and the layer state after this batch.',
    '"""Outputs by name, layer state after this batch, and the activities that are penalized.',
)
APPLY_ONLY = '''\
def apply(params, state, inputs, *, key=None, train=False, valid=None):
    """Outputs by name, and the layer state after this batch; arguments as in `forward`."""
    return forward(params, state, inputs, key=key, train=train, valid=valid)[:2]'''


def print_apply(compiled: Compiled, sources: Sources, taken: Iterable[str]) -> str:
    training = compiled.training
    phases = training.phases if training else ()
    activities = [found.value for phase in phases for found in phase.activities]
    program, parts = collapse(compiled.program, compiled.graph, activities)
    trees = Trees(are_nested=any(_takes_trees(part) for part in parts.values()))
    printer = Printer(compiled, sources, Functions(set(taken)))
    names = printer.names(parts)
    others = [value for step in program.steps if step.output in parts for value in step.parts]
    shared, taken = printer.shared(parts), printer.functions.taken
    values = Values(program, shared, taken, [*activities, *others])
    before, state = _begin(compiled, trees)
    lines = [*before, *_inputs(values), *printer.body(program, parts, names, values, trees)]
    outputs = _dictionary_of("outputs", program.outputs, values)
    functions = [*([NESTED, FLAT] if trees.are_nested else []), *printer.functions.printed()]
    if not activities:
        text = APPLY + "\n".join([*lines, *_return(outputs, state)])
        return BETWEEN.join([*functions, text])
    penalized = _dictionary_of("activities", {name: name for name in activities}, values)
    lines += [*_return(outputs, state, penalized), "", "", APPLY_ONLY]
    return BETWEEN.join([*functions, FORWARD + "\n".join(lines)])


def _takes_trees(part: Part) -> bool:
    return not {"params", "state", "shared", "shared_state"}.isdisjoint(part.parameters)


def _begin(compiled: Compiled, trees: Trees) -> tuple[list[str], str]:
    """What is done to the trees before anything else, and the layer state that is returned."""
    has_state = bool(compiled.program.state) or bool(compiled.program.memory)
    if not trees.are_nested:
        return (["    state = dict(state)"] if has_state else []), "state"
    if not has_state:
        return ["    params = nested(params)"], "state"
    return [
        "    layers = list(state)",
        "    params, state = nested(params), nested(state)",
    ], "flat(state, layers)"


def _inputs(values: Values) -> list[str]:
    """Variables for the inputs that are read several times."""
    variables = values.inputs.items()
    return [line for n, own in variables for line in statement(f"{own} = inputs[{string(n)}]")]


def print_preprocess(compiled: Compiled, sources: Sources, taken: Iterable[str]) -> str:
    """The part on the host."""
    host = compiled.program.host
    assert host is not None
    values = Values(host, compiled.spec.model.shared, taken)
    printer = Printer(compiled, sources, Functions(set(taken)))
    body = printer.body(host, {}, {}, values, Trees(are_nested=False))
    prepared = _dictionary_of("prepared", host.outputs, values)
    return PREPROCESS + "\n".join([*_inputs(values), *body, *_return(prepared)])


def _dictionary_of(name: str, chosen: Mapping[str, str], values: Values) -> tuple[str, Brackets]:
    """A variable, and the dictionary that it is."""
    items = [f"{string(key)}: {values[value]}" for key, value in chosen.items()]
    return name, Brackets("{", items, "}")


def _return(*results: str | tuple[str, Brackets]) -> list[str]:
    """One line where it has room; else each dictionary gets a variable first."""
    flat = ", ".join(result if isinstance(result, str) else str(result[1]) for result in results)
    if len(f"    return {flat}") <= LINE_LENGTH:
        return [f"    return {flat}"]
    lines: list[str] = []
    for result in results:
        if isinstance(result, tuple):
            name, code = result
            lines += statement(Brackets(f"{name} = {{", code.items, "}"))
    names = [result if isinstance(result, str) else result[0] for result in results]
    return [*lines, f"    return {', '.join(names)}"]
