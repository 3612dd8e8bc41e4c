"""Models that go on where the batch before ended: how long they remember, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from kc.runtime.standing import Position
from tests.runtime.jobs import begin, finish, model_bytes, resume

SPEC = """
kc: 1
name: tides
data: {source: {npz: {path: data.npz, target: y}}}
model:
  inputs: {x: [4, 2]}
  layers:
    - {simple_rnn: {units: 3, stateful: true, dropout: 0.2}, name: rnn}
    - dense: 1
training:
  loss: mean_squared_error
  optimizer: {sgd: 0.1}
  batch_size: 3
  epochs: 2
  shuffle: false
  callbacks: [{checkpoint: {every_steps: 2}}]
"""
"""The last of four batches has one row."""
ROWS, BATCH = 10, 3


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, 4, 2)).astype("float32")
    return x, random.normal(size=(ROWS, 1)).astype("float32")


@pytest.fixture
def model(tmp_path):
    return load(tmp_path, SPEC)


def load(folder, text):
    (folder / "spec.yaml").write_text(text)
    return kc.load(folder / "spec.yaml")


def in_one_go(folder, model, x, batch_size):
    """The outputs of a model without states, which reads each row's batches as one sequence."""
    batches = -(-len(x) // batch_size)
    text = SPEC.replace("stateful: true", "return_sequences: true")
    whole = load(folder, text.replace("[4, 2]", f"[{4 * batches}, 2]"))
    whole.set_weights(model.weights)
    padded = np.concatenate([x, np.zeros((batches * batch_size - len(x), *x.shape[1:]))])
    rows = padded.reshape(batches, batch_size, 4, 2).swapaxes(0, 1).reshape(batch_size, -1, 2)
    y = whole.predict(rows)[:, 3::4]
    return y.swapaxes(0, 1).reshape(-1, 1)[: len(x)]


@pytest.mark.parametrize("batch_size", [3, 4, 32])
def test_a_prediction_begins_with_zeros_and_goes_on_row_by_row(tmp_path, model, data, batch_size):
    x, y = data
    model.train_on_batch(x[:BATCH], y[:BATCH])
    found = model.predict(x, batch_size=batch_size)
    size = min(batch_size, ROWS)
    np.testing.assert_allclose(found, in_one_go(tmp_path, model, x, size), 1e-5, 1e-6)
    np.testing.assert_array_equal(model.predict(x, batch_size=batch_size), found)


@pytest.mark.parametrize("batch_size", [3, 4])
def test_an_evaluation_measures_what_a_prediction_gives(model, data, batch_size):
    x, y = data
    loss = np.mean((model.predict(x, batch_size=batch_size) - y) ** 2)
    assert model.evaluate(x, y, batch_size=batch_size)["loss"] == pytest.approx(loss, rel=1e-5)


def test_an_epoch_begins_with_zeros_and_goes_on_from_batch_to_batch(tmp_path, data):
    x, y = data[0][:9], data[1][:9]
    fitted, stepped = load(tmp_path, SPEC), load(tmp_path, SPEC)
    fitted.fit(x, y, verbose=False)
    for _ in range(2):
        stepped.reset_states()
        for first in range(0, 9, BATCH):
            stepped.train_on_batch(x[first : first + BATCH], y[first : first + BATCH])
    for name, array in fitted.weights["rnn"].items():
        np.testing.assert_allclose(stepped.weights["rnn"][name], array, 1e-5, 1e-6)
    states = [model.state.layers["rnn"]["state_h"] for model in (fitted, stepped)]
    np.testing.assert_allclose(*states, 1e-5, 1e-6)


def test_epochs_may_have_batches_of_another_size(model, data):
    model.fit(*data, batch_size=4, validation_data=data, verbose=False)
    assert model.state.layers["rnn"]["state_h"].shape == (4, 3)


def test_a_padded_batch_does_not_disturb_others(model, data):
    """Rows that only pad the last batch have states of their own, and an epoch forgets them."""
    x, y = data
    history = model.fit(x, y, epochs=1, validation_data=(x, y), verbose=False)
    (after,) = history.history["val_loss"]
    assert after == pytest.approx(model.evaluate(x, y)["loss"], rel=1e-6)


def test_batches_go_on_until_states_are_reset(model, data):
    x, _ = data
    first, second = model.predict_on_batch(x[:3]), model.predict_on_batch(x[3:6])
    np.testing.assert_allclose(np.concatenate([first, second]), model.predict(x[:6], batch_size=3))
    assert not np.allclose(second, model.predict(x[3:6]))
    model.reset_states()
    np.testing.assert_array_equal(model.predict_on_batch(x[:3]), first)


def test_predicting_leaves_states_as_they_are(model, data):
    x, y = data
    model.predict_on_batch(x[:3])
    before = np.asarray(model.state.layers["rnn"]["state_h"])
    model.predict(x, batch_size=4)
    model.evaluate(x, y, batch_size=4)
    np.testing.assert_array_equal(model.state.layers["rnn"]["state_h"], before)


def test_a_batch_of_another_size_has_to_begin_anew(model, data):
    x, y = data
    for go_on in (model.predict_on_batch, lambda x: model.train_on_batch(x, y[: len(x)])):
        with pytest.raises(CompileError, match=r"KC541.*remember 3 rows, the batch has 4"):
            go_on(x[:4])
    model.reset_states(batch_size=4)
    assert model.predict_on_batch(x[:4]).shape == (4, 1)


def test_rows_cannot_be_shuffled(model, data):
    with pytest.raises(CompileError, match="KC540"):
        model.fit(*data, shuffle=True)


def test_a_model_file_does_not_depend_on_the_size_of_batches(tmp_path, model, data):
    x, y = data
    model.fit(x, y, batch_size=4, verbose=False)
    model.save(tmp_path / "model.h5")
    again = kc.load(tmp_path / "model.h5", ["training.batch_size=5"])
    np.testing.assert_array_equal(again.predict(x, batch_size=4), model.predict(x, batch_size=4))


def stop_inside(job, position):
    """Leave a job as a crash does, where a checkpoint was saved inside of an epoch."""
    for _ in job.events():
        if job.loop.position == position:
            break
    job.run.close()


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_run_resumed_inside_of_an_epoch_remembers(tmp_path, data, epoch):
    np.savez(tmp_path / "data.npz", x=data[0], y=data[1])
    finish(begin(SPEC, tmp_path, "whole"))
    stop_inside(begin(SPEC, tmp_path, "cut"), Position(epoch, 2))
    job, _ = resume(SPEC, tmp_path, "cut")
    assert job.resumed is not None
    assert job.resumed.position == Position(epoch, 2)
    assert np.abs(np.asarray(job.resumed.state.layers["rnn"]["state_h"])).max() > 0
    finish(job)
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def test_several_phases_cannot_share_states(tmp_path):
    phases = "phases: {all: {trains: ['*'], loss: mean_squared_error, optimizer: sgd}}"
    text = SPEC.replace("loss: mean_squared_error\n  optimizer: {sgd: 0.1}", phases)
    with pytest.raises(CompileError, match="go on from each other"):
        load(tmp_path, text)


def test_a_loss_that_is_not_finite_is_explained(model, data):
    x, y = data
    with pytest.raises(CompileError, match=r"KC501.*step 2"):
        model.fit(x, np.where(np.arange(ROWS)[:, None] == 4, 1e30, y), verbose=False)
