"""Items that the backward pass computes again: which steps they are, and that the numbers stay."""

from __future__ import annotations

import copy

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kc.compiler.lower import bind, objective
from kc.compiler.lower.stack import scanning_training, stack, unstack
from kc.core.types import TensorType
from tests.models import compiled, compiled_text, random_arrays

FLAT = TensorType((8,))
ROWS = TensorType((5, 8))
UNIT = [{"dense": 8}, "batch_normalization", "tanh", {"dropout": 0.2}]
AGAIN = {
    "a repeated list": ([{"residual": UNIT, "repeat": 3, "name": "body", "remat": True}], FLAT),
    "a list around a repeat": ([{"block": [{"dense": 8, "repeat": 3}], "remat": True}], FLAT),
    "a layer in a repeat": (
        [{"block": [{"dense": 8}, {"dropout": 0.5, "remat": True}], "repeat": 2}],
        FLAT,
    ),
    "half precision": (
        [{"residual": UNIT, "repeat": 4, "precision": "bfloat16", "remat": True}],
        FLAT,
    ),
    "masks and states": (
        [
            {"masking": {}},
            {"lstm": {"units": 3, "return_sequences": True, "return_state": True}, "name": "a",
             "remat": True},
            {"dense": 2, "from": "a.state_h", "name": "b"},
            {"lstm": 2, "from": "a.output", "name": "c"},
            {"add": {}, "from": ["b", "c"]},
        ],
        ROWS,
    ),
    "penalties": ([{"dense": {"units": 8, "activity_regularizer": {"l2": 0.1}}, "name": "a",
                    "remat": True}], FLAT),
}  # fmt: skip
SHARED = """
kc: 1
model:
  inputs: {x: [8]}
  shared: {encoder: [{dense: 8}, batch_normalization]}
  layers:
    - {use: encoder, remat: true, name: a}
    - {block: [{use: encoder}, tanh, batch_normalization], remat: true}
    - {use: encoder, name: b}
training: {loss: mean_squared_error}
"""


def training(layers, kind):
    return compiled(layers, {"x": kind}, {"loss": "mean_squared_error"}).training


def without(layers):
    """The same items without `remat`."""
    plain = copy.deepcopy(layers)
    for item in plain:
        inside = item.get("block", []) if isinstance(item, dict) else []
        for one in (item, *inside):
            if isinstance(one, dict):
                one.pop("remat", None)
    return plain


def weights(program):
    return bind.init(program.model, jax.random.key(1))


def gradients(program, params, state):
    """Loss, outputs, layer state and gradients of a batch whose last row only pads it."""
    rng = np.random.default_rng(0)
    x = random_arrays(program.model.inputs, 4, rng)
    (name,) = (own.output for own in program.losses)
    y = {name: rng.normal(size=(4, *program.model.output_types[name].shape)).astype("float32")}
    valid, key = jnp.array([1, 1, 1, 0], "float32"), jax.random.key(3)

    def total(params):
        return objective.loss(program, program.phases[0], params, state, x, y, valid, key=key)

    return jax.jit(jax.value_and_grad(total, has_aux=True))(params)


def close(ours, theirs, bound):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for mine, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(mine, other, atol=bound, rtol=bound)


@pytest.mark.parametrize(("layers", "kind"), AGAIN.values(), ids=AGAIN)
def test_what_is_computed_again_is_the_same(layers, kind):
    ours, theirs = training(layers, kind), training(without(layers), kind)
    assert ours.model.remats
    assert not theirs.model.remats
    found = gradients(ours, *weights(ours))
    half = any(step.precision != "float32" for step in ours.model.steps)
    close(found, gradients(theirs, *weights(theirs)), 0.02 if half else 1e-5)


def test_the_state_of_shared_layers_comes_out():
    ours = compiled_text(SHARED).training
    theirs = compiled_text(SHARED.replace(", remat: true", "")).training
    close(gradients(ours, *weights(ours)), gradients(theirs, *weights(theirs)), 1e-5)


@pytest.mark.parametrize("name", ["a repeated list", "a list around a repeat", "half precision"])
def test_a_scan_computes_again_what_the_written_out_program_does(name):
    ours = training(*AGAIN[name])
    scanned = scanning_training(ours)
    assert scanned.model.repeats
    params, state = weights(ours)
    total, found = gradients(scanned, stack(scanned.model, params), stack(scanned.model, state))
    total = (total[0], (total[1][0], unstack(scanned.model, total[1][1]), total[1][2]))
    bound = 0.02 if name == "half precision" else 1e-5
    close((total, unstack(scanned.model, found)), gradients(ours, params, state), bound)


def kept_bytes(program):
    """Bytes that a forward pass keeps for the backward pass."""
    params, state = weights(program)
    x = {"x": jnp.ones((64, 8))}

    def run(params):
        return bind.apply(program.model, params, state, x, key=jax.random.key(0), train=True)[0]

    _, backward = jax.vjp(run, params)
    return sum(array.nbytes for array in jax.tree.leaves(backward) if hasattr(array, "nbytes"))


@pytest.mark.parametrize("name", ["a repeated list", "a list around a repeat"])
def test_less_is_kept_for_the_backward_pass(name):
    layers, kind = AGAIN[name]
    again, plain = training(layers, kind), training(without(layers), kind)
    assert kept_bytes(again) < 0.7 * kept_bytes(plain)


REGIONS = {
    "each repetition": ("[{dense: 8, repeat: 2, remat: true}]", [("dense/0", 1), ("dense/1", 1)]),
    "the outermost item": (
        "[{block: [{residual: [{dense: 4}], remat: true}, relu], remat: true}, relu]",
        [("block/residual/dense", 3)],
    ),
    "both calls of a layer": (
        "[{dense: {units: 4, activation: relu}, remat: true}, relu]",
        [("dense:0", 2)],
    ),
    "neighbours": (
        "[{dense: 4, remat: true}, {relu: {}, remat: true}]",
        [("dense", 1), ("relu", 1)],
    ),
    "none": ("[{dense: 4, remat: false}]", []),
}  # fmt: skip


@pytest.mark.parametrize(("layers", "expected"), REGIONS.values(), ids=REGIONS)
def test_an_item_is_computed_again_as_a_whole(layers, expected):
    text = f"kc: 1\nmodel: {{inputs: {{x: [4]}}, layers: {layers}}}\n"
    program = compiled_text(text).program
    found = [(program.steps[own.first].output, own.length) for own in program.remats]
    assert found == expected


def test_repetitions_that_differ_in_remat_are_no_loop():
    layers = "[{dense: 4, for: {again: [true, false, false]}, remat: $again}]"
    program = compiled_text(f"kc: 1\nmodel: {{inputs: {{x: [4]}}, layers: {layers}}}\n").program
    assert [(repeat.number, repeat.times) for repeat in program.repeats] == [(1, 2)]


def test_a_training_step_takes_the_same_streams_of_keys():
    layers, kind = AGAIN["a repeated list"]
    ours, theirs = training(layers, kind), training(without(layers), kind)
    keys = [[step.key_index for step in own.model.steps] for own in (ours, theirs)]
    assert keys[0] == keys[1]


def test_text_is_read_on_the_host_as_ever():
    layers = [{"string_lookup": {"vocabulary": ["a", "b"]}, "remat": True}]
    program = compiled(layers, {"x": TensorType((3,), "string")}).program
    assert program.host is not None
    assert not program.host.remats
