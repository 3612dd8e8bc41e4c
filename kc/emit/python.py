"""A compiled model as a plain Python module: JAX and optax, no kc."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from kc.compiler.lower import objective
from kc.compiler.lower.compiled import Compiled
from kc.core.formula import Formula
from kc.core.program import Call, Constant, LossCall, TrainingProgram
from kc.core.text import listing
from kc.core.types import TensorType
from kc.emit.calls import type_name
from kc.emit.definitions import IMPORTABLE, Place, global_names
from kc.emit.first_values import initializers, print_forget, print_init
from kc.emit.model import print_apply, print_preprocess
from kc.emit.names import EmitError, docstring
from kc.emit.sources import Sources
from kc.emit.training import MAIN, print_training, target_array, targets
from kc.library.class_weights import class_weights
from kc.library.loss_scale import (
    all_finite,
    chosen,
    first_loss_scale,
    next_loss_scale,
    unscaled,
)
from kc.library.mixing import blend, shares
from kc.library.precision import cast_floats

OWN_IMPORTS = {
    "itertools": "import itertools",
    "jax": "import jax",
    "jnp": "import jax.numpy as jnp",
    "np": "import numpy as np",
    "optax": "import optax",
    "partial": "from functools import partial",
    "reduce": "from functools import reduce",
    "sys": "import sys",
}
"""What the printed functions themselves may use."""
RESERVED = {
    *OWN_IMPORTS,
    *("init", "apply", "loss", "make_optimizer", "train_step", "train", "shuffled", "read"),
    *("forget", "batch_size"),
    *("preprocess", "prepared", "forward", "constrain", "moved_by", "draw", "counted"),
    *("mix", "mixed", "partner", "share"),
    *("nested", "flat", "layers", "shared", "shared_state", "stream"),
    *(
        "number",
        "inner",
        "innermost",
        "activities",
        "penalties",
        "terms",
        "scale",
        "old",
        "own",
        "finite",
    ),
    *("random_examples", "BATCH_SIZE", "EPOCHS", "SEED"),
    *("params", "state", "inputs", "targets", "outputs", "valid", "key", "values", "losses"),
}
"""Names that neither library functions nor values can have in the generated module."""


def to_python(compiled: Compiled) -> str:
    """The model as the text of a module.

    Its ``init``, ``apply``, ``loss`` and ``make_optimizer`` trace to the very programs that
    ``compiler/lower/bind`` traces to. With a section ``training`` it runs as a script.

    Raises:
        CompileError: when a layer has not seen data.
        EmitError: when an entry cannot be printed; this is a defect of the entry.
    """
    compiled.need_fitted()
    compiled.need_balance()
    sources = Sources()
    collected = _collect(compiled, sources)
    sources.settle(RESERVED)
    taken = {*RESERVED, *sources.names, *sources.imports}
    model = [
        print_init(compiled, sources),
        print_apply(compiled, sources, taken),
        print_forget(compiled.program),
    ]
    sections = [_section("Model", filter(None, model))]
    if compiled.program.host:
        sections.insert(0, _section("Text", [print_preprocess(compiled, sources, taken)]))
    if compiled.training:
        parts = print_training(compiled.training, compiled, sources)
        sections.append(_section("Training", parts))
    for title, places in collected:
        sections.append(_section(title, [sources.text(place) for place in places]))
    if compiled.training:
        sections.append(MAIN)
    body = "\n\n\n".join(section for section in sections if section)
    text = "\n".join([_docstring(compiled), "", *_imports(body, sources), "", body, ""])
    check(text)
    return text


def _collect(compiled: Compiled, sources: Sources) -> list[tuple[str, list[Place]]]:
    """Titles, and the definitions that each adds."""
    program, training = compiled.program, compiled.training
    steps = [function for step in program.steps for function in _functions(step.call)]
    steps += [cast_floats] * any(step.precision != "float32" for step in program.steps)
    values = [function for call in initializers(program) for function in _functions(call)]
    host = program.host.steps if program.host else ()
    on_host = [function for step in host for function in _functions(step.call)]
    sections = [("Layers", sources.add([*on_host, *steps])), ("First values", sources.add(values))]
    if training:
        sections += [
            ("Losses", sources.add(_of_losses(training))),
            ("Regularizers", sources.add(_of_penalties(training))),
            ("Constraints", sources.add(_all(found.call for found in training.constraints))),
            ("Optimizer", sources.add(_of_steps(training))),
        ]
    return sections


def _of_losses(training: TrainingProgram) -> list[object]:
    losses = training.losses
    return [
        *_all(loss.call for loss in losses if loss.call),
        objective.mean_loss,
        *([objective.mask_weights] if any(loss.mask for loss in losses) else []),
        *([class_weights] if any(loss.class_weights for loss in losses) else []),
        *([objective.constant_target] if any(_is_constant(loss) for loss in losses) else []),
    ]


def _is_constant(loss: LossCall) -> bool:
    return loss.call is not None and isinstance(loss.target, Constant)


def _of_penalties(training: TrainingProgram) -> list[object]:
    found = [call for phase in training.phases for call in (*phase.penalties, *phase.activities)]
    active = any(phase.activities for phase in training.phases)
    return [*_all(own.call for own in found), *([objective.activity_penalty] if active else [])]


def _of_steps(training: TrainingProgram) -> list[object]:
    scales = {phase.loss_scale for phase in training.phases}
    dynamic = [first_loss_scale, all_finite, chosen, next_loss_scale] if "dynamic" in scales else []
    return [
        *_all(own.call for own in training.optimizers),
        *_all(training.model.drawn.values()),
        *_all(own.call for own in training.mixes),
        *([blend] if training.mixes else []),
        *([shares] if training.classes else []),
        *([unscaled] if scales != {None} else []),
        *dynamic,
    ]


def _all(calls: Iterable[Call]) -> list[object]:
    return [function for call in calls for function in _functions(call)]


def _functions(call: Call) -> list[object]:
    """The function of a call, and those among its settings."""
    plain = [setting for setting in call.settings.values() if callable(setting)]
    found: list[object] = [s for s in plain if not isinstance(s, Call | Formula)]
    return [call.function, *found, *(f for inner in call.inner for f in _functions(inner))]


def _section(title: str, parts: Iterable[str]) -> str:
    found = list(parts)
    return "\n\n\n".join([f"# {title}", *found]) if found else ""


def _imports(body: str, sources: Sources) -> list[str]:
    """Import statements in isort's order, the standard library first."""
    names = global_names(body)
    wanted = {**sources.imports, **{n: s for n, s in OWN_IMPORTS.items() if n in names}}
    groups: dict[bool, set[str]] = {False: set(), True: set()}
    for statement in wanted.values():
        groups[statement.split()[1].partition(".")[0] in {"jax", "numpy", "optax"}].add(statement)
    lines = ["from __future__ import annotations"]
    for group in groups.values():
        if group:
            lines += ["", *_merged(group)]
    return lines


def _merged(statements: set[str]) -> list[str]:
    """Whole modules, then ``from`` imports, one statement for each module."""
    lines = sorted(s for s in statements if s.startswith("import"))
    by_module: dict[str, list[str]] = {}
    for statement in statements:
        if statement.startswith("from"):
            source, _, names = statement.removeprefix("from ").partition(" import ")
            by_module.setdefault(source, []).append(names)
    for source in sorted(by_module):
        lines.append(f"from {source} import {', '.join(sorted(by_module[source]))}")
    return lines


def _docstring(compiled: Compiled) -> str:
    made = f"{compiled.name}, generated by kc from {compiled.source.name}."
    if unknown := compiled.unknown_sizes:
        # The functions read sizes off their arrays.
        made += f"\n\nIt works for any size of {listing(unknown)}; JAX compiles once for each."
    inputs = compiled.program.given
    if compiled.training is None:
        given = "preprocess(inputs)" if compiled.program.host else "inputs"
        key = "key, batch_size" if compiled.program.memory else "key"
        use = f"`init({key})` makes the weights, `apply(params, state, {given})` runs the model."
        return docstring(made, use, _listed("Inputs:", inputs))
    arrays = {**inputs, **{target_array(n, inputs): t for n, t in targets(compiled).items()}}
    return docstring(
        made,
        "Run it to train the model on random numbers, or on the arrays of a file:",
        "    python model.py\n    python model.py data.npz",
        _listed("The file holds", arrays),
    )


def _listed(title: str, types: Mapping[str, TensorType]) -> str:
    return "\n".join([title, *(f"    {name}: {type_name(kind)}" for name, kind in types.items())])


def check(text: str) -> None:
    """Make sure that a generated module is Python and imports nothing unexpected.

    Raises:
        EmitError: when it does not.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise EmitError(f"the generated module is no Python: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." if node.level else node.module or ""]
        else:
            continue
        for name in names:
            if name != "__future__" and name.partition(".")[0] not in IMPORTABLE:
                raise EmitError(f"the generated module would import {name}")
