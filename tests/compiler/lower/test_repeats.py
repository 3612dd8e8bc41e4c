"""Repeats that run as scans over stacked weights: which ones can, and that the numbers stay."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kc.compiler.lower import bind, objective, update
from kc.compiler.lower.stack import scanning, scanning_training, stack, unstack
from kc.core.types import TensorType
from tests.models import compiled, random_arrays, random_weights

ROWS = TensorType((5, 8))
FLAT = TensorType((8,))
ATTENTION = {"multi_head_attention": {"num_heads": 2, "key_dim": 4, "dropout": 0.2}}
BLOCK = [
    {"residual": ["layer_normalization", ATTENTION]},
    {"residual": [{"dense": {"units": 16, "activation": "gelu"}}, {"dropout": 0.3}, {"dense": 8}]},
]
REPEATED = {
    "attention": ([{"block": BLOCK, "repeat": 3, "name": "body"}], ROWS),
    "moving means": (
        [{"block": [{"dense": 8}, "batch_normalization", {"dropout": 0.2}], "repeat": 4}],
        FLAT,
    ),
    "one layer": ([{"dropout": 0.1}, {"dense": 8, "repeat": 3}, {"dropout": 0.1}], FLAT),
    "first one differs": ([{"dense": 8, "repeat": 4}], TensorType((6,))),
    "penalties and bounds": (
        [
            {
                "dense": {
                    "units": 8,
                    "kernel_regularizer": {"l2": 0.1},
                    "kernel_constraint": {"max_norm": 0.5},
                },
                "repeat": 3,
            }
        ],
        FLAT,
    ),
    "half precision": ([{"block": BLOCK, "repeat": 4, "precision": "bfloat16"}], ROWS),
    "repeats in repeats": (
        [{"block": [{"dense": 8, "repeat": 2}, "relu"], "repeat": 3, "name": "outer"}],
        FLAT,
    ),
    "other inputs": (
        [
            {"dense": {"units": 8}, "name": "start"},
            {"add": {}, "from": ["start", "x"], "repeat": 2, "name": "sums"},
            {"dense": 8, "repeat": 2, "name": "body"},
        ],
        FLAT,
    ),
}


def model(layers, kind, optimizer="adam"):
    training = {"loss": "mean_squared_error", "optimizer": optimizer}
    return compiled(layers, {"x": kind}, training).training


def close(ours, theirs, bound=1e-6):
    """Compare trees; the bound is relative to the largest number of each array above 1."""
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for mine, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        scale = max(1.0, float(np.abs(other).max()))
        np.testing.assert_allclose(mine, other, atol=bound * scale, rtol=0)


def weights(training):
    """First values, moved a little so that none is zero."""
    params, state = bind.init(training.model, jax.random.key(1))
    return jax.tree.map(
        lambda a: a + 0.1 * np.sin(np.arange(a.size)).reshape(a.shape), params
    ), state


def batch(training, seed=0):
    rng = np.random.default_rng(seed)
    x = random_arrays(training.model.inputs, 6, rng)
    (name,) = training.model.outputs
    y = {name: rng.normal(size=(6, *training.model.output_types[name].shape)).astype("float32")}
    return x, y, jnp.array([1, 1, 1, 1, 1, 0], "float32")


@pytest.mark.parametrize(("layers", "kind"), REPEATED.values(), ids=REPEATED)
def test_a_scan_computes_what_the_written_out_program_does(layers, kind):
    training = model(layers, kind)
    scanned = scanning_training(training)
    assert scanned.model.repeats
    params, state = weights(training)
    x, y, valid = batch(training)
    key = jax.random.key(3)
    half = any(step.precision != "float32" for step in training.model.steps)

    def run(program, params, state):
        def total(params):
            return objective.loss(program, program.phases[0], params, state, x, y, valid, key=key)

        return jax.jit(jax.value_and_grad(total, has_aux=True))(params)

    theirs = run(training, params, state)
    (total, (outputs, after, losses)), gradients = run(
        scanned, stack(scanned.model, params), stack(scanned.model, state)
    )
    after, gradients = unstack(scanned.model, after), unstack(scanned.model, gradients)
    ours = (total, (outputs, after, losses)), gradients
    close(ours, theirs, 0.05 if half else 1e-6)


@pytest.mark.parametrize(("name", "optimizer"), [
    # Where a gradient is about zero, Adam would make a whole step of a rounding error.
    ("attention", {"adam": {"epsilon": 1e-2}}),
    ("moving means", {"sgd": {"momentum": 0.9, "global_clipnorm": 0.5, "weight_decay": 0.01}}),
    ("penalties and bounds", {"rmsprop": {"use_ema": True, "gradient_accumulation_steps": 2}}),
])  # fmt: skip
def test_three_steps_end_alike(name, optimizer):
    layers, kind = REPEATED[name]
    training = model(layers, kind, optimizer)
    scanned = scanning_training(training)
    assert scanned.model.repeats
    params, state = weights(training)
    turn = update.Turn(params, state, update.first_memory(training, params))
    x, y, valid = batch(training)

    def steps(program, turn):
        for number in range(3):
            key = jax.random.key(number)
            turn, _ = update.step(program, turn, x, y, valid, key=key)
        return turn

    theirs = jax.jit(lambda t: steps(training, t))(turn)
    ours = jax.jit(
        lambda t: unstack(scanned.model, steps(scanned, stack(scanned.model, t)))
    )(turn)  # fmt: skip
    close(ours, theirs)


def repeats(layers, kind=FLAT, optimizer="adam"):
    found = model(layers, kind, optimizer).model.repeats
    return [(own.scope, own.number, own.times) for own in found]


@pytest.mark.parametrize(("layers", "expected"), [
    pytest.param([{"dense": 8, "repeat": 3}], [("dense", 0, 3)], id="equal layers"),
    pytest.param([{"dense": 6, "repeat": 3}], [("dense", 1, 2)], id="the first kernel differs"),
    pytest.param([{"dense": "8 + $i", "repeat": 3}], [], id="all differ"),
    pytest.param([{"dense": 8, "repeat": 1}], [], id="one iteration"),
    pytest.param([{"dense": 8}, {"dense": 8}], [], id="not written with repeat"),
    pytest.param(
        [{"dense": {"units": 8, "activity_regularizer": {"l2": 0.1}}, "repeat": 3}], [],
        id="what each makes is penalized",
    ),
    pytest.param(
        [{"block": [{"dense": 8}, "relu"], "repeat": 3}, {"dense": 8, "repeat": 2}],
        [("block", 0, 3), ("dense", 0, 2)],
        id="two repeats",
    ),
])  # fmt: skip
def test_equal_iterations_form_a_loop(layers, expected):
    assert repeats(layers) == expected


def test_optimizers_that_look_at_whole_weights_keep_the_layers_apart():
    layers = [{"dense": 8, "repeat": 3}]
    assert repeats(layers, optimizer="lamb") == []
    assert repeats(layers, optimizer={"adam": {"clipnorm": 1.0}}) == []


def test_a_program_without_training_scans_too():
    program = compiled([{"dense": 8, "repeat": 3}], {"x": FLAT}).program
    scanned = scanning(program)
    params, state = random_weights(program, np.random.default_rng(0))
    x = {"x": np.ones((2, 8), "float32")}
    ours, _ = bind.apply(scanned, stack(scanned, params), stack(scanned, state), x)
    theirs, _ = bind.apply(program, params, state, x)
    close(ours, theirs)
