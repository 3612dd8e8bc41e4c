"""Compares a generated module with the program that kc runs, by their jaxprs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from kc.compiler.lower import bind
from kc.compiler.passes.check_training import losses
from kc.compiler.pipeline import Compiled, compile
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from kc.core.types import TensorType
from kc.emit.python import to_python

BATCH = 3


def compiled_file(path: Path) -> Compiled:
    return compile(SourceText(path.name, path.read_text()), (), Report(), path.parent)


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
    assert jaxpr(module["init"], key) == jaxpr(lambda k: bind.init(program, k), key)

    for train in (False, True):

        def ours(p: Any, s: Any, x: Any, **options: Any) -> Any:
            return module["apply"](p, s, x, train=train, **options)  # noqa: B023

        def theirs(p: Any, s: Any, x: Any, **options: Any) -> Any:
            return bind.apply(program, p, s, x, train=train, **options)  # noqa: B023

        for options in ({"key": key}, {"key": key, "valid": valid}):
            expected = jaxpr(theirs, params, state, inputs, **options)
            assert jaxpr(ours, params, state, inputs, **options) == expected


def assert_same_training(compiled: Compiled) -> None:
    """Loss, gradient, optimizer and step trace to what ``bind`` traces to."""
    module, training = generated(compiled), compiled.training
    assert training is not None
    params, state = _weights(compiled)
    inputs, targets = _batch(compiled.program.inputs), _batch(_targets(compiled))
    key, valid = _key(), _valid()

    for train in (False, True):

        def ours(p: Any, s: Any, x: Any, y: Any, v: Any, k: Any) -> Any:
            return module["loss"](p, s, x, y, v, key=k, train=train)  # noqa: B023

        def theirs(p: Any, s: Any, x: Any, y: Any, v: Any, k: Any) -> Any:
            return bind.loss(training, p, s, x, y, v, key=k, train=train)  # noqa: B023

        batch = (params, state, inputs, targets, valid, key)
        gradients = [jax.value_and_grad(f, has_aux=True) for f in (ours, theirs)]
        assert jaxpr(gradients[0], *batch) == jaxpr(gradients[1], *batch)
    assert jaxpr(ours, *batch) == jaxpr(theirs, *batch)

    optimizer, expected = module["make_optimizer"](), bind.optimizer(training)
    own = bind.trained(training, params)
    assert jaxpr(optimizer.init, own) == jaxpr(expected.init, own)
    # The classes of states are printed too, so the trees are alike without being equal.
    our_slots, slots = (jax.eval_shape(o.init, own) for o in (optimizer, expected))
    assert _paths(our_slots) == _paths(slots)
    update = jaxpr(expected.update, own, slots, own)
    assert jaxpr(optimizer.update, own, our_slots, own) == update

    def step(p: Any, s: Any, o: Any, x: Any, y: Any, v: Any, k: Any) -> Any:
        gradient = jax.value_and_grad(
            lambda p, s, x, y, v: bind.loss(training, p, s, x, y, v, key=k), has_aux=True
        )
        (total, (_, s, _)), gradients = gradient(p, s, x, y, v)
        p, o = bind.update(training, gradients, o, p)
        return p, s, o, total

    batch = (inputs, targets, valid, key)
    ours = jaxpr(module["train_step"].__wrapped__, params, state, our_slots, *batch)
    assert ours == jaxpr(step, params, state, slots, *batch)


def _paths(tree: Any) -> list[str]:
    return [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(tree)]


def _weights(compiled: Compiled) -> Any:
    return jax.eval_shape(lambda key: bind.init(compiled.program, key), _key())


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
