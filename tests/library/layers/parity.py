"""One layer in kc and in Keras, with the same random weights and inputs."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
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


def assert_same(
    item: object,
    twin: keras.Layer,
    *shapes: Sequence[int],
    dtype: Any = "float32",
    modes: Sequence[bool] | None = None,
    tolerance: float | None = None,
):
    """Output, gradients and state of an item equal those of its Keras twin, in both modes.

    ``tolerance`` is for floats of few bits: a part of the largest value of each array, or of 1,
    which terms of sums are like; where they cancel, what is left has their errors.
    """
    rng = np.random.default_rng(0)
    inputs = {f"x{i}": TensorType(tuple(shape), dtype) for i, shape in enumerate(shapes)}
    program = compiled([item], inputs).program
    params, state = random_weights(program, rng)
    arrays = random_arrays(inputs, BATCH, rng)
    _build(twin, params, state, list(arrays.values()))
    if modes is None:
        modes = (False, True) if any(step.call.takes_train for step in program.steps) else (False,)

    @jax.jit
    def compute(params: Any, arrays: Any) -> Any:
        return [
            (
                _ours(program, params, state, arrays, train),
                _theirs(twin, program, params, state, arrays, train),
            )
            for train in modes
        ]

    for ours, theirs in compute(params, arrays):
        assert ours["output"].shape == (BATCH, *next(iter(program.output_types.values())).shape)
        jax.tree.map_with_path(partial(_assert_close, tolerance), ours, theirs)


def _assert_close(tolerance: float | None, path: Any, ours: Any, theirs: Any) -> None:
    rtol, atol = RTOL, ATOL
    if tolerance is not None:
        rtol, atol = tolerance, tolerance * float(np.max(np.abs(theirs), initial=1.0))
    np.testing.assert_allclose(ours, theirs, rtol, atol, err_msg=jax.tree_util.keystr(path))


def _ours(program: Program, params: Any, state: Weights, arrays: Any, train: bool) -> Any:
    fixed, moving = _by_kind(arrays)
    y, vjp, new = jax.vjp(
        lambda p, x: run(program, p, state, {**fixed, **x}, train=train),
        params,
        moving,
        has_aux=True,
    )
    slopes, inputs = vjp(cotangent(y))
    return {
        "output": y,
        "weights": [slopes[s][n] for s, names in program.weights.items() for n in names],
        "inputs": list(inputs.values()),
        "state": [new[s][n] for s, names in program.state.items() for n in names],
    }


def _theirs(
    twin: keras.Layer, program: Program, params: Any, state: Weights, arrays: Any, train: bool
) -> Any:
    fixed, moving = _by_kind(arrays)
    weights = [params[s][n] for s, names in program.weights.items() for n in names]
    ours = iter([w for scope in state.values() for w in scope.values()])
    seeds = ["seed" in v.path for v in twin.non_trainable_variables]
    held = [
        v.value if seed else next(ours)
        for v, seed in zip(twin.non_trainable_variables, seeds, strict=True)
    ]
    mode = {"training": train} if "training" in inspect.signature(twin.call).parameters else {}

    def forward(weights: Any, moving: Any) -> Any:
        xs = [{**fixed, **moving}[name] for name in arrays]
        y, new = twin.stateless_call(weights, held, xs if len(xs) > 1 else xs[0], **mode)
        return y.astype(jnp.float32), new

    y, vjp, new = jax.vjp(forward, weights, moving, has_aux=True)
    slopes, inputs = vjp(cotangent(y))
    new = [array for array, seed in zip(new, seeds, strict=True) if not seed]
    return {"output": y, "weights": slopes, "inputs": list(inputs.values()), "state": new}


def _build(twin: keras.Layer, params: Weights, state: Weights, xs: list[np.ndarray]) -> None:
    """Make the variables of a Keras layer, which have to be ours in number, order and shape."""
    if not twin.built:
        twin.build([x.shape for x in xs] if len(xs) > 1 else xs[0].shape)
    ours = [
        [w.shape for scope in owner.values() for w in scope.values()] for owner in (params, state)
    ]
    others = [v for v in twin.non_trainable_variables if "seed" not in v.path]
    assert ours == [[v.shape for v in twin.trainable_variables], [v.shape for v in others]]


def _by_kind(arrays: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs that have no gradient, and those that have one."""
    moving = {name: x for name, x in arrays.items() if x.dtype == np.float32}
    return {name: x for name, x in arrays.items() if name not in moving}, moving


def cotangent(y: Any) -> Any:
    """Weights of the outputs in a sum, all different, so that no gradient hides."""
    return jnp.cos(jnp.arange(y.size, dtype=y.dtype)).reshape(y.shape)
