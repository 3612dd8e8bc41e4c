"""The Python front as a user meets it."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from kc.library.callbacks.checkpoint import Checkpoint

SPEC = """\
kc: 1
name: two-outputs
model:
  inputs: {left: [3], right: [3]}
  layers:
    - {concatenate: {}, from: [left, right]}
    - {dense: {units: 8, activation: relu}, name: trunk}
    - {dense: 1, name: amount}
    - {dense: {units: 2, activation: softmax}, from: trunk, name: kind}
  outputs: [amount, kind]
training:
  loss: {amount: mean_squared_error, kind: sparse_categorical_crossentropy}
  optimizer: {adam: 0.01}
  metrics: {amount: [mean_absolute_error], kind: [accuracy]}
"""


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(1)
    x = {"left": random.normal(size=(50, 3)), "right": random.normal(size=(50, 3))}
    y = {"amount": random.normal(size=50), "kind": random.integers(0, 2, 50)}
    return x, y


def test_logs_of_several_outputs_are_named_as_in_keras(model, data):
    logs = model.evaluate(*data)
    assert list(logs) == [
        "loss", "amount_loss", "kind_loss", "amount_mean_absolute_error", "kind_accuracy",
    ]  # fmt: skip
    assert logs["loss"] == pytest.approx(logs["amount_loss"] + logs["kind_loss"])


def test_training_improves_and_predictions_come_by_output(model, data):
    before = model.evaluate(*data)["loss"]
    history = model.fit(*data, epochs=5, batch_size=10, verbose=False)
    assert history.epoch == [1, 2, 3, 4, 5]
    assert model.evaluate(*data)["loss"] < before
    outputs = model.predict(data[0])
    assert {name: array.shape for name, array in outputs.items()} == {
        "amount": (50, 1),
        "kind": (50, 2),
    }


def test_a_saved_model_predicts_and_goes_on_training_the_same(model, data, tmp_path):
    model.fit(*data, epochs=2, verbose=False)
    model.save(tmp_path / "m.h5")
    other = kc.load(tmp_path / "m.h5")
    for name, array in model.predict(data[0]).items():
        np.testing.assert_array_equal(other.predict(data[0])[name], array)
    assert model.train_on_batch(*data) == other.train_on_batch(*data)
    np.testing.assert_array_equal(
        model.weights["trunk"]["kernel"], other.weights["trunk"]["kernel"]
    )


def test_train_on_batch_gives_the_loss_before_the_update(model, data):
    before = model.evaluate(*data)["loss"]
    assert model.train_on_batch(*data)["loss"] == pytest.approx(before, rel=1e-5)
    assert model.train_on_batch(*data)["loss"] < before


def test_arrays_of_the_user_stay_as_they_are(model, data):
    x, y = data
    copies = {name: array.copy() for name, array in {**x, **y}.items()}
    model.fit(x, y, verbose=False)
    for name, array in {**x, **y}.items():
        np.testing.assert_array_equal(array, copies[name])


def test_weights_can_be_set(model, data):
    zeros = {"trunk": {"kernel": np.zeros((6, 8)), "bias": np.zeros(8)}}
    model.set_weights(zeros)
    outputs = model.predict(data[0])["amount"]
    np.testing.assert_allclose(outputs, np.zeros((50, 1)), atol=1e-6)
    with pytest.raises(ValueError, match=r"trunk/kernel has the shape \(6, 8\)"):
        model.set_weights({"trunk": {"kernel": np.zeros((6, 9))}})


def test_summary_yaml_and_python_can_be_had(model, capsys):
    model.summary()
    assert "trunk" in capsys.readouterr().out
    assert "two-outputs" in model.to_yaml()
    assert "import kc" not in model.to_python()


def test_wrong_arrays_are_diagnostics(model, data):
    x, y = data
    with pytest.raises(CompileError, match="KC408"):
        model.fit({**x, "left": x["left"][:49]}, y, verbose=False)
    with pytest.raises(CompileError, match="KC406"):
        model.predict({**x, "left": x["left"][:, :2]})
    with pytest.raises(CompileError, match=r"KC407.*has no output"):
        model.fit(x, {**y, "kind": y["kind"] + 5}, verbose=False)


def test_a_model_without_training_predicts_but_does_not_train(tmp_path):
    (tmp_path / "spec.yaml").write_text("kc: 1\nmodel: {inputs: {x: [2]}, layers: [{dense: 3}]}\n")
    model = kc.load(tmp_path / "spec.yaml")
    assert model.predict(np.ones((4, 2))).shape == (4, 3)
    with pytest.raises(CompileError, match="KC508"):
        model.fit(np.ones((4, 2)), np.ones((4, 3)), verbose=False)


def test_a_foreign_file_is_no_model(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"not a model")
    with pytest.raises(CompileError, match="KC511"):
        kc.load(tmp_path / "m.h5")


def test_checkpoints_need_a_run_folder_and_do_nothing_without(model, data):
    model.fit(*data, verbose=False, callbacks=[Checkpoint()])
