"""Prints ``init`` and ``apply``: the program's calls, in its order."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import cast

from kc.compiler.lower.compiled import Compiled
from kc.core.program import Call, Program, Repeat, Step
from kc.core.types import TensorType, Weight
from kc.emit.layout import LINE_LENGTH, Brackets, Code, statement
from kc.emit.names import comment, string, value
from kc.emit.parts import Functions, Part, begun_alike, collapse, iterated, numbers
from kc.emit.sources import Sources
from kc.emit.values import Values
from kc.library.initializers import Initializer
from kc.library.precision import cast_floats

BETWEEN = "\n\n\n"
INIT = '''\
def init(key):
    """Fresh parameters and layer state; each array has a random stream of its own."""
'''
KEYS = "    keys = (jax.random.fold_in(key, number) for number in itertools.count())"
FORGET = '''\
def forget(state, batch_size):
    """The layer state with zeros for what layers remember of the batches before."""
'''
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
    for name, group in (("params", program.weights), ("state", program.state)):
        lines += _first_values(name, group, program.repeats, sources)
    lines += [line for text in _from_files(compiled) for line in statement(comment(text))]
    return header + "\n".join([*lines, f"    return params, {state}"])


def _first_values(
    name: str,
    group: Mapping[str, Mapping[str, Weight]],
    repeats: Sequence[Repeat],
    sources: Sources,
) -> list[str]:
    """A dictionary by scope; where a repeat begins alike, a loop adds its part."""
    looped = {next(s for s in r.scopes if s in group): r for r in repeats if begun_alike(r, group)}
    within = {s for repeat in looped.values() for own in repeat.scopes.values() for s in own}
    lines: list[str] = []
    open = f"{name} = {{"
    plain: list[Code] = []
    for scope in group:
        if scope in looped:
            lines += statement(_dictionary(open, plain)) if plain or not lines else []
            repeat, open, plain = looped[scope], f"{name} |= {{", []
            lines.append(f"    for number in {numbers(repeat)}:")
            own = [s for s in repeat.scopes if s in group]
            items = [_scope_values(iterated(repeat, s), group[s], sources) for s in own]
            lines += statement(_dictionary(f"{name} |= {{", items), depth=2)
        elif scope not in within:
            plain.append(_scope_values(string(scope), group[scope], sources))
    return lines + (statement(_dictionary(open, plain)) if plain or not looped else [])


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


def print_apply(compiled: Compiled, sources: Sources, taken: Iterable[str]) -> str:
    training = compiled.training
    phases = training.phases if training else ()
    activities = [found.value for phase in phases for found in phase.activities]
    program, parts = collapse(compiled.program, compiled.graph.blocks, activities)
    functions = Functions(set(taken))
    names = {
        made: functions.name(part.called, _function(part, compiled, sources, functions.taken))
        for made, part in parts.items()
    }
    others = [value for part in parts.values() for value in part.made[1:]]
    shared = {*compiled.spec.model.shared, *(part.called for part in parts.values())}
    values = Values(program, shared, functions.taken, [*activities, *others])
    has_state = bool(compiled.program.state) or bool(compiled.program.memory)
    lines = ["    state = dict(state)"] if has_state else []
    lines += _steps(program, compiled, values, sources, {m: (names[m], parts[m]) for m in parts})
    outputs = _dictionary_of("outputs", program.outputs, values)
    if not activities:
        text = APPLY + "\n".join([*lines, *_return(outputs, "state")])
        return BETWEEN.join([*functions.printed(), text])
    penalized = _dictionary_of("activities", {name: name for name in activities}, values)
    lines += [*_return(outputs, "state", penalized), "", "", APPLY_ONLY]
    return BETWEEN.join([*functions.printed(), FORWARD + "\n".join(lines)])


def _function(part: Part, compiled: Compiled, sources: Sources, taken: Iterable[str]) -> str:
    """The function of a part, from behind its name on."""
    shared = {*compiled.spec.model.shared, part.called}
    values = Values(part.body, shared, {*taken, *part.parameters}, parameters=True)
    signature = [*(values[name] for name in part.body.inputs), *part.parameters]
    lines = statement(Brackets("(", signature, "):"), depth=0)
    what = f"A use of the block `{part.called}`."
    if part.repeat is not None:
        what = f"One of the {part.repeat.times} iterations of `{part.repeat.scope}`."
    lines.append(f'    """{what}"""')
    lines += _steps(part.body, compiled, values, sources, inside=part)
    made = ", ".join(values[name] for name in part.body.outputs)
    return "\n".join([*lines, f"    return {made}"])


def _call(step: Step, function: str, part: Part, values: Values) -> list[str]:
    """What calls the function of a part: in a loop where it is repeated."""
    targets = [values[name] for name in (step.output, *step.parts)]
    given = [values[name] for name in step.inputs]
    made = ", ".join(targets)
    if part.repeat is None:
        own = {"scope": string(part.prefix), "stream": str(part.first_stream)}
        arguments = [*given, *(own.get(name, name) for name in part.parameters)]
        return statement(Brackets(f"{made} = {function}(", arguments, ")"))
    begin, end = given[: len(targets)], given[len(targets) :]
    call = Brackets(f"{made} = {function}(", [*targets, *end, *part.parameters], ")")
    lines = [] if begin == targets else statement(f"{made} = {', '.join(begin)}")
    return [*lines, f"    for number in {numbers(part.repeat)}:", *statement(call, depth=2)]


def print_preprocess(compiled: Compiled, sources: Sources, taken: Iterable[str]) -> str:
    """The part on the host."""
    host = compiled.program.host
    assert host is not None
    values = Values(host, compiled.spec.model.shared, taken)
    prepared = _dictionary_of("prepared", host.outputs, values)
    lines = [*_steps(host, compiled, values, sources), *_return(prepared)]
    return PREPROCESS + "\n".join(lines)


def _steps(
    program: Program,
    compiled: Compiled,
    values: Values,
    sources: Sources,
    parts: Mapping[str, tuple[str, Part]] = MappingProxyType({}),
    inside: Part | None = None,
) -> list[str]:
    """The calls of a program, those of a node under its place and its type."""
    types = {node.name: node.output for node in compiled.graph.nodes}
    lines: list[str] = []
    for name, variable in values.inputs.items():
        lines += statement(f"{variable} = inputs[{string(name)}]")
    node = ""
    for step in program.steps:
        if step.node != node:
            node = step.node
            # Uses of a block may differ in their shapes, and share a function all the same.
            lines += _heading(step, types, shapes=inside is None or inside.repeat is not None)
        if step.output in parts:
            lines += _call(step, *parts[step.output], values)
            continue
        target = ", ".join(values[name] for name in (step.output, *step.parts))
        if step.state and step.parts:
            target = f"({target})"
        if step.state:
            target = f"{target}, state[{_key(step.scope, inside)}]"
        call = Brackets(
            f"{target} = {sources.name_of(step.call.function)}(",
            arguments(step, values, sources, inside),
            ")",
        )
        lines += statement(call)
    return lines


def arguments(
    step: Step, values: Values, sources: Sources, inside: Part | None = None
) -> list[Code]:
    """What a step gives to its function, as ``bind.apply`` does."""
    found: list[Code] = [values[name] for name in step.inputs]
    if step.weights:
        found.append(f"**{_weights(step, sources, inside)}")
    if step.state:
        found.append(f"**state[{_key(step.scope, inside)}]")
    found += settings(step.call, sources)
    found += _masks(step, values)
    if step.key_index is not None:
        number = inside.stream(step.key_index) if inside else step.key_index
        stream = f"jax.random.fold_in(key, {number})"
        found.append(f"key={stream} if train else None")
    train = "train=False" if step.infers else "train=train"
    found += [train] * step.call.takes_train + ["valid=valid"] * step.call.takes_valid
    return found


def _key(scope: str, inside: Part | None) -> str:
    """A scope as a key of `params` and `state`."""
    return inside.scope(scope) if inside else string(scope)


def _weights(step: Step, sources: Sources, inside: Part | None) -> str:
    weights = f"params[{_key(step.scope, inside)}]"
    if step.precision == "float32":
        return weights
    return f"{sources.name_of(cast_floats)}({weights}, precision={string(step.precision)})"


def _masks(step: Step, values: Values) -> list[str]:
    """The masks of a step's inputs, where there is one."""
    if all(mask is None for mask in step.given_masks):
        return []
    masks = ["None" if mask is None else values[mask] for mask in step.given_masks]
    if not step.call.takes("masks"):
        return [f"mask={masks[0]}"]
    return [f"masks=({', '.join(masks)}{',' * (len(masks) == 1)})"]


def settings(call: Call, sources: Sources) -> list[Code]:
    """Keyword arguments, without those that say what the function's defaults say."""
    declared = inspect.signature(call.function).parameters
    defaults = {name: repr(parameter.default) for name, parameter in declared.items()}
    return [
        _setting(f"{name}=", setting, sources)
        for name, setting in call.settings.items()
        if repr(setting) != defaults.get(name)
    ]


def _setting(target: str, setting: object, sources: Sources) -> Code:
    """A setting behind ``name=``; a call among the settings is a function with some filled in."""
    if isinstance(setting, Call):
        name = sources.name_of(setting.function)
        filled = settings(setting, sources)
        return Brackets(f"{target}partial(", (name, *filled), ")") if filled else target + name
    if isinstance(setting, tuple):
        listed = cast("tuple[object, ...]", setting)
        if len(listed) > 1 or any(isinstance(item, Call) for item in listed):
            items = [_setting("", item, sources) for item in listed]
            return Brackets(f"{target}(", items, ")")
    return target + value(setting, sources.name_of)


def _heading(step: Step, types: Mapping[str, TensorType], shapes: bool) -> list[str]:
    """A comment that says where a node was written, and the shape that it makes."""
    place = place_name(step.span.file_line) if step.span else ""
    made = f"-> {type_name(types[step.node])}" if shapes else ""
    return statement(comment(f"{place} {made}".strip())) if place or made else []


def place_name(path: str) -> str:
    """The file without its folders."""
    return path.replace("\\", "/").rpartition("/")[2]


def type_name(kind: TensorType) -> str:
    shape = f"({', '.join(['batch', *map(str, kind.shape)])}{',' * (not kind.shape)})"
    return shape if kind.is_float else f"{kind.dtype} {shape}"


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
