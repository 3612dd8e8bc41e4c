"""Examples are mixed in training only, inputs and targets alike, and the same again on resume."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kc
from kc.compiler.lower import update
from kc.compiler.lower.varied import vary
from kc.compiler.plan.batches import Batch
from kc.compiler.plan.execution import Execution
from kc.compiler.plan.plan import plan
from tests.emit.same import assert_same_training
from tests.models import compiled_text
from tests.runtime.jobs import begin, finish, model_bytes, resume
from tests.runtime.test_resume import stop_after

SPEC = """\
kc: 1
name: mixed
data:
  source: {npy: {inputs: x.npy, target: y.npy}}
  split: {validation: 0.25}
  stream: STREAM
  preprocess: {x: [{rescaling: 1/255}]}
model:
  inputs: {x: {shape: [8, 8, 3], dtype: uint8}}
  layers:
    - flatten
    - dropout: 0.2
    - dense: {units: 3, activation: softmax}
training:
  loss: categorical_crossentropy
  optimizer: {sgd: 0.1}
  mix: [mix_up: 0.4, cut_mix: {factor: [0.5, 1]}]
  metrics: [accuracy]
  batch_size: 16
  epochs: 2
  callbacks: [checkpoint: {every_steps: 2}]
"""
PHASES = """
  phases:
    first: {trains: [dense], loss: categorical_crossentropy, optimizer: sgd, repeat: 2}
  mix"""
MIX = "  mix: [mix_up: 0.4, cut_mix: {factor: [0.5, 1]}]\n"


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.integers(0, 256, (60, 8, 8, 3)).astype("uint8"))
    np.save(tmp_path / "y.npy", np.eye(3, dtype="float32")[random.integers(0, 3, 60)])
    return tmp_path


def model():
    return compiled_text(SPEC.replace("STREAM", "false"))


def batch(rows=6, valid=4):
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (rows, 8, 8, 3)).astype("uint8")
    y = np.eye(3, dtype="float32")[random.integers(0, 3, rows)]
    return {"x": x}, {"dense": y}, (jnp.arange(rows) < valid).astype(jnp.float32)


@pytest.mark.parametrize("stream", ["true", "false"])
def test_a_resumed_run_mixes_as_an_uninterrupted_one(folder, stream):
    spec = SPEC.replace("STREAM", stream)
    finish(begin(spec, folder, "whole"))
    stop_after(begin(spec, folder, "cut"), 3)
    again, report = resume(spec, folder, "cut")
    assert not report.diagnostics
    finish(again)
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")


def test_inputs_and_targets_are_mixed_by_the_same_draws():
    training = model().training
    inputs, targets, valid = batch()
    key = jax.random.key(1)
    mixed, blended = update.mix(training, inputs, targets, valid, key)
    x, y = jnp.asarray(inputs["x"], jnp.float32), targets["dense"]
    for number, own in enumerate(training.mixes):
        stream = jax.random.fold_in(key, update.FIRST_MIX + number)
        x, partner, share = own.call(x, valid=valid, key=stream)
        y = share[:, None] * y + (1 - share[:, None]) * y[partner]
    np.testing.assert_array_equal(mixed["x"], x)
    np.testing.assert_allclose(blended["dense"], y, rtol=1e-6)
    np.testing.assert_allclose(np.sum(blended["dense"], 1), 1, rtol=1e-5)


def test_rows_that_pad_a_batch_mix_with_none_that_count():
    training = model().training
    inputs, targets, valid = batch()
    spoilt = {"x": inputs["x"].astype("float32")}
    spoilt["x"][4:] = np.nan
    mixed, _ = update.mix(training, spoilt, targets, valid, jax.random.key(1))
    assert np.isfinite(mixed["x"][:4]).all()


def test_a_step_trains_and_measures_on_what_is_mixed():
    own = model()
    training = own.training
    inputs, targets, valid = batch()
    key = jax.random.key(1)
    params = {"dense": {"kernel": jnp.zeros((192, 3)), "bias": jnp.zeros(3)}}
    turn = update.Turn(params, {}, update.first_memory(training, params))
    _, found = update.step(training, turn, inputs, targets, valid, key=key)
    _, blended = update.mix(training, inputs, targets, valid, key)
    np.testing.assert_array_equal(found.targets["dense"], blended["dense"])
    _, measured = update.measure(training, turn, inputs, targets, valid, key=key)
    np.testing.assert_array_equal(measured.targets["dense"], targets["dense"])


def test_evaluation_and_prediction_see_examples_as_they_are(folder):
    x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    found = []
    for text in (SPEC, SPEC.replace(MIX, "")):
        (folder / "spec.yaml").write_text(text.replace("STREAM", "false"))
        own = kc.load(folder / "spec.yaml")
        found.append((own.evaluate(x, y), own.predict(x[:5])))
    assert found[0][0] == found[1][0]
    np.testing.assert_array_equal(found[0][1], found[1][1])


def test_dropout_draws_the_same_beside_a_mixing():
    training = model().training
    inputs, targets, valid = batch()
    plain = compiled_text(SPEC.replace("STREAM", "false").replace(MIX, "")).training
    key = jax.random.key(1)
    params = {"dense": {"kernel": jnp.ones((192, 3)), "bias": jnp.zeros(3)}}
    turn = update.Turn(params, {}, update.first_memory(training, params))
    mixed = update.mix(training, inputs, targets, valid, key)
    after, _ = update.step(training, turn, inputs, targets, valid, key=key)
    expected, _ = update.step(plain, turn, *mixed, valid, key=key)
    for found, wanted in zip(*map(jax.tree.leaves, (after.params, expected.params)), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_class_numbers_count_as_the_one_hot_rows_that_they_stand_for():
    """Also where metrics compare them."""
    found = []
    for loss, target in (("", 1), ("sparse_", 0)):
        text = SPEC.replace("loss: categ", f"loss: {loss}categ").replace("STREAM", "false")
        (inputs, rows, valid), own = batch(), compiled_text(text)
        execution = Execution(plan(own))
        targets = rows if target else {"dense": np.argmax(rows["dense"], -1).astype("int32")}
        state = execution.fresh_state()
        given = Batch(inputs, targets, {}, valid)
        state = jax.jit(execution.update)(state, given, jax.random.key(0), True)
        found.append((state.params, execution.logs(state.sums)))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), *found)


@pytest.mark.parametrize("loss", ["", "sparse_"], ids=["rows", "numbers"])
@pytest.mark.parametrize("phases", [False, True], ids=["one phase", "phases"])
def test_the_generated_step_mixes_too(phases, loss):
    text = SPEC.replace("STREAM", "false")
    if phases:
        own = "\n  loss: categorical_crossentropy\n  optimizer: {sgd: 0.1}\n  mix"
        text = text.replace(own, PHASES)
    text = text.replace("loss: categ", f"loss: {loss}categ")
    assert_same_training(compiled_text(text))


def test_runs_that_mix_by_other_numbers_train_as_one_program():
    text = SPEC.replace("STREAM", "false")
    strong = compiled_text(text.replace("mix_up: 0.4", "mix_up: 0.9")).training
    once = compiled_text(text.replace("mix_up: 0.4, ", "")).training
    varied = vary([model().training, strong])
    assert varied is not None
    np.testing.assert_allclose(varied.values.ravel(), [0.4, 0.9])
    assert vary([model().training, once]) is None
