"""One layer in kc and in Keras, with the same random weights and inputs."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from kc.core.program import Program
from kc.core.types import TensorType
from tests.models import Weights, compiled, random_arrays, random_weights, run

BATCH = 3
RTOL, ATOL = 1e-4, 1e-5


def assert_same(item: object, twin: keras.Layer, *shapes: Sequence[int], dtype: Any = "float32"):
    """Output, gradients and state of an item equal those of its Keras twin, in both modes."""
    rng = np.random.default_rng(0)
    inputs = {f"x{i}": TensorType(tuple(shape), dtype) for i, shape in enumerate(shapes)}
    program = compiled([item], inputs).program
    params, state = random_weights(program, rng)
    arrays = random_arrays(inputs, BATCH, rng)
    modes = (False, True) if any(step.call.takes_train for step in program.steps) else (False,)
    for train in modes:
        ours = _ours(program, params, state, arrays, train)
        theirs = _theirs(twin, params, state, arrays, train)
        assert ours["output"].shape == (BATCH, *next(iter(program.output_types.values())).shape)
        jax.tree.map_with_path(_assert_close, ours, theirs)


def _assert_close(path: Any, ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, RTOL, ATOL, err_msg=jax.tree_util.keystr(path))


def _ours(program: Program, params: Weights, state: Weights, arrays: Any, train: bool) -> Any:
    fixed = {n: x for n, x in arrays.items() if x.dtype != "float32"}
    moving = {n: x for n, x in arrays.items() if x.dtype == "float32"}

    @jax.jit
    def call(params: Any, moving: Any) -> Any:
        y, vjp, new = jax.vjp(
            lambda p, x: run(program, p, state, {**fixed, **x}, train=train),
            params,
            moving,
            has_aux=True,
        )
        return {"output": y, "gradients": vjp(cotangent(y)), "state": new}

    found = call(params, moving)
    weights = [g for scope in program.weights for g in _in_order(scope, program, found)]
    updated = [found["state"][s][n] for s, names in program.state.items() for n in names]
    inputs = [found["gradients"][1][name] for name in moving]
    return {"output": found["output"], "weights": weights, "inputs": inputs, "state": updated}


def _in_order(scope: str, program: Program, found: Any) -> list[Any]:
    return [found["gradients"][0][scope][name] for name in program.weights[scope]]


def _theirs(twin: keras.Layer, params: Weights, state: Weights, arrays: Any, train: bool) -> Any:
    xs = list(arrays.values())
    if not twin.built:
        twin.build([x.shape for x in xs] if len(xs) > 1 else xs[0].shape)
    weights = [w for scope in params.values() for w in scope.values()]
    held = [w for scope in state.values() for w in scope.values()]
    assert [w.shape for w in weights] == [v.shape for v in twin.trainable_variables]
    others = [v for v in twin.non_trainable_variables if "seed" not in v.path]
    assert [w.shape for w in held] == [v.shape for v in others]
    moving = [x for x in xs if x.dtype == "float32"]

    @jax.jit
    def call(weights: Any, moving: Any) -> Any:
        def forward(weights: Any, moving: Any) -> Any:
            given = iter(moving)
            full = [next(given) if x.dtype == "float32" else jnp.asarray(x) for x in xs]
            argument = full if len(full) > 1 else full[0]
            knows_mode = "training" in inspect.signature(twin.call).parameters
            mode = {"training": train} if knows_mode else {}
            return twin.stateless_call(weights, held, argument, **mode)

        y, vjp, new = jax.vjp(forward, weights, moving, has_aux=True)
        return y, *vjp(cotangent(y)), new

    y, d_weights, d_inputs, new = call(weights, moving)
    return {"output": y, "weights": d_weights, "inputs": d_inputs, "state": new}


def cotangent(y: Any) -> Any:
    """Weights of the outputs in a sum, all different, so that no gradient hides."""
    return jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape)
