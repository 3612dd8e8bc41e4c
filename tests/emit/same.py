"""Compares a generated module with the program that kc runs, by their jaxprs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from kc.compiler.lower import bind, objective, update
from kc.compiler.passes.objectives import losses
from kc.compiler.pipeline import Compiled, compile
from kc.compiler.plan.plan import plan
from kc.core.diagnostic import Report
from kc.core.program import OptimizerCall, PhaseCall, TrainingProgram
from kc.core.span import SourceText
from kc.core.types import TensorType
from kc.emit.python import to_python
from kc.emit.steps import first_memory
from kc.runtime.data.job import examples
from kc.runtime.fitting import fitted

BATCH = 3


def compiled_file(path: Path) -> Compiled:
    """A spec as a program; layers that are fitted are, to the data that it names."""
    compiled = compile(SourceText(path.name, path.read_text()), (), Report(), path.parent)
    if not compiled.unfitted:
        return compiled
    unfitted = plan(compiled)
    return fitted(unfitted, examples(unfitted, path.parent).train).compiled


def generated(compiled: Compiled) -> dict[str, Any]:
    """The names of the generated module."""
    names: dict[str, Any] = {"__name__": "generated"}
    exec(builtin_compile(to_python(compiled)), names)
    return names


def builtin_compile(text: str) -> Any:
    import builtins

    return builtins.compile(text, "<generated>", "exec")


def jaxpr(function: Callable[..., object], *arguments: Any, **keywords: Any) -> str:
    """What a function computes, without addresses of objects."""
    text = str(jax.make_jaxpr(lambda a, k: function(*a, **k))(arguments, keywords))
    return re.sub(r"0x[0-9a-f]+", "0x", text)


def assert_same_model(compiled: Compiled) -> None:
    """``init`` and ``apply`` trace to what ``bind`` traces to."""
    module, program = generated(compiled), compiled.program
    params, state = _weights(compiled)
    inputs, key, valid = _batch(program.inputs), _key(), _valid()
    sized = [BATCH] if program.memory else []
    ours = jaxpr(lambda k: module["init"](k, *sized), key)
    assert ours == jaxpr(lambda k: bind.init(program, k, *sized), key)
    if program.memory:
        expected = jaxpr(lambda s: bind.forget(program, s, BATCH), state)
        assert jaxpr(lambda s: module["forget"](s, BATCH), state) == expected

    for train in (False, True):

        def ours(p: Any, s: Any, x: Any, **options: Any) -> Any:
            return module["apply"](p, s, x, train=train, **options)  # noqa: B023

        def theirs(p: Any, s: Any, x: Any, **options: Any) -> Any:
            return bind.apply(program, p, s, x, train=train, **options)  # noqa: B023

        for options in ({"key": key}, {"key": key, "valid": valid}):
            expected = jaxpr(theirs, params, state, inputs, **options)
            assert jaxpr(ours, params, state, inputs, **options) == expected


def assert_same_training(compiled: Compiled) -> None:
    """Losses, gradients, optimizers and step trace to what kc runs."""
    module, training = generated(compiled), compiled.training
    assert training is not None
    params, state = _weights(compiled)
    inputs, targets = _batch(compiled.program.inputs), _batch(_targets(compiled))
    key, valid = _key(), _valid()

    for phase in training.phases:
        _assert_same_loss(module, compiled, phase)
    for own in training.optimizers:
        _assert_same_optimizer(module, compiled, own)

    def step(p: Any, s: Any, o: Any, x: Any, y: Any, v: Any, k: Any) -> Any:
        memory = {name: o} if plain else o
        turn, found = update.step(training, update.Turn(p, s, memory), x, y, v, key=k)
        return turn.params, turn.state, turn.memory[name] if plain else turn.memory, found.total

    name = training.optimizers[0].name
    memory = jax.eval_shape(lambda p: update.first_memory(training, p), params)
    plain = len(memory) == 1
    slots = memory[name] if plain else memory
    our_slots = jax.eval_shape(lambda p: _first_memory(module, training, p), params)
    assert _paths(our_slots) == _paths(slots)
    batch = (inputs, targets, valid, key)
    ours = jaxpr(module["train_step"].__wrapped__, params, state, our_slots, *batch)
    assert ours == jaxpr(step, params, state, slots, *batch)


def _assert_same_loss(module: dict[str, Any], compiled: Compiled, phase: PhaseCall) -> None:
    training = compiled.training
    params, state = _weights(compiled)
    inputs, targets = _batch(compiled.program.inputs), _batch(_targets(compiled))
    batch = (params, state, inputs, targets, _valid(), _key())
    for train in (False, True):

        def ours(p: Any, s: Any, x: Any, y: Any, v: Any, k: Any) -> Any:
            return module[phase.log_name](p, s, x, y, v, key=k, train=train)  # noqa: B023

        def theirs(p: Any, s: Any, x: Any, y: Any, v: Any, k: Any) -> Any:
            return objective.loss(training, phase, p, s, x, y, v, key=k, train=train)  # noqa: B023

        gradients = [jax.value_and_grad(f, has_aux=True) for f in (ours, theirs)]
        assert jaxpr(gradients[0], *batch) == jaxpr(gradients[1], *batch)
    assert jaxpr(ours, *batch) == jaxpr(theirs, *batch)


def _assert_same_optimizer(module: dict[str, Any], compiled: Compiled, own: OptimizerCall) -> None:
    optimizer, expected = module[_maker(compiled, own)](), update.optimizer(own.call)
    moved = update.moved_by(own, _weights(compiled)[0])
    assert jaxpr(optimizer.init, moved) == jaxpr(expected.init, moved)
    # The classes of states are printed too, so the trees are alike without being equal.
    our_slots, slots = (jax.eval_shape(o.init, moved) for o in (optimizer, expected))
    assert _paths(our_slots) == _paths(slots)
    wanted = jaxpr(expected.update, moved, slots, moved)
    assert jaxpr(optimizer.update, moved, our_slots, moved) == wanted


def _maker(compiled: Compiled, own: OptimizerCall) -> str:
    assert compiled.training is not None
    if len(compiled.training.optimizers) == 1:
        return "make_optimizer"
    return f"make_{own.name.replace('.', '_')}_optimizer"


def _first_memory(module: dict[str, Any], training: TrainingProgram, params: Any) -> Any:
    """The optimizers' first state, as the printed ``train`` makes it."""
    code = "\n".join(line.strip() for line in first_memory(training, _Names()))
    names = {**module, "params": params}
    exec(code, names)
    return names["optimizer_state"]


class _Names:
    """Names of functions in the generated module, where none had to be renamed."""

    def name_of(self, function: Any) -> str:
        return function.__name__


def _paths(tree: Any) -> list[str]:
    return [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(tree)]


def _weights(compiled: Compiled) -> Any:
    return jax.eval_shape(lambda key: bind.init(compiled.program, key, BATCH), _key())


def _key() -> Any:
    return jax.eval_shape(lambda: jax.random.key(0))


def _valid() -> Any:
    return jax.ShapeDtypeStruct((BATCH,), jnp.float32)


def _batch(types: Any) -> dict[str, Any]:
    return {
        name: jax.ShapeDtypeStruct((BATCH, *kind.shape), jnp.dtype(kind.dtype))
        for name, kind in types.items()
    }


def _targets(compiled: Compiled) -> dict[str, TensorType]:
    assert compiled.spec.training is not None
    found = losses(compiled.spec.training, compiled.graph)
    return {n: loss.target(compiled.program.output_types[n]) for n, loss in found.items()}
