"""Several layers in kc and in Keras, with the same random weights and inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import keras
import numpy as np

from kc.compiler.lower import bind
from kc.core.types import TensorType
from tests.emit.same import assert_same_model
from tests.library.layers.parity import cotangent
from tests.models import compiled_text, random_weights

RTOL, ATOL = 1e-4, 1e-5


def assert_same_whole(
    layers: str,
    twin: keras.Model,
    inputs: Mapping[str, np.ndarray],
    outputs: str = "",
    shared: str = "",
) -> None:
    """Outputs and gradients of a spec's layers equal those of a Keras model.

    Weights are matched by number, so both have to make them in the same order. The generated module
    computes the same, too.
    """
    types = {n: TensorType(a.shape[1:], str(a.dtype)) for n, a in inputs.items()}  # pyright: ignore[reportArgumentType]
    text = "kc: 1\nmodel:\n  inputs:\n" + "".join(
        f"    {name}: {{shape: {list(kind.shape)}, dtype: {kind.dtype}}}\n"
        for name, kind in types.items()
    )
    text += f"  layers:\n{layers}\n" + (f"  outputs: {outputs}\n" if outputs else "")
    text += f"  shared:\n{shared}\n" if shared else ""
    model = compiled_text(text)
    assert_same_model(model)
    program = model.program
    params, state = random_weights(program, np.random.default_rng(0))
    flat = [params[s][n] for s, names in program.weights.items() for n in names]
    assert [w.shape for w in flat] == [tuple(v.shape) for v in twin.trainable_variables]
    fixed = [v.value for v in twin.non_trainable_variables]

    def ours(params: Any, inputs: Any) -> Any:
        found, _ = bind.apply(program, params, state, inputs)
        return list(found.values())

    def theirs(weights: Any, inputs: Any) -> Any:
        xs = list(inputs.values())
        found, _ = twin.stateless_call(weights, fixed, xs if len(xs) > 1 else xs[0])
        return list(found) if isinstance(found, Sequence) else [found]

    @jax.jit
    def compute(params: Any, weights: Any, inputs: Any) -> Any:
        inputs = {name: inputs[name] for name in types}
        y, vjp = jax.vjp(lambda p: ours(p, inputs), params)
        (slopes,) = vjp([cotangent(a) for a in y])
        mine = [slopes[s][n] for s, names in program.weights.items() for n in names]
        expected, vjp = jax.vjp(lambda w: theirs(w, inputs), weights)
        return (y, mine), (expected, vjp([cotangent(a) for a in expected])[0])

    found, expected = compute(params, flat, inputs)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, RTOL, ATOL)


def masked_sequences(batch: int = 4, time: int = 5, features: int = 3, seed: int = 1) -> np.ndarray:
    """Sequences with steps of zeros: at the beginning, inside, at the end; one has no others."""
    x = np.random.default_rng(seed).normal(size=(batch, time, features)).astype("float32")
    x[0, 0] = x[0, 2] = x[1, -1] = x[1, -2] = 0.0
    x[-1] = 0.0
    return x
