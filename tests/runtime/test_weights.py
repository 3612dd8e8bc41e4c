"""Weights of examples and classes count as Keras counts them."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError

SPEC = """\
kc: 1
model:
  inputs: {x: [4]}
  layers: [{dense: {units: 3, activation: softmax}, name: out}]
training:
  loss: sparse_categorical_crossentropy
  optimizer: {sgd: 0.5}
  metrics: [accuracy]
  batch_size: 16
  shuffle: false
"""


def load(tmp_path, text=SPEC):
    (tmp_path / "spec.yaml").write_text(text)
    return kc.load(tmp_path / "spec.yaml")


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 4)).astype("float32")
    return x, random.integers(0, 3, 40), random.uniform(0, 3, 40).astype("float32")


def twin(model) -> keras.Model:
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    net.set_weights([model.weights["out"]["kernel"], model.weights["out"]["bias"]])
    net.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def test_training_with_sample_weights_equals_that_of_keras(tmp_path, data):
    x, y, weights = data
    model = load(tmp_path)
    net = twin(model)
    wanted = net.fit(x, y, sample_weight=weights, batch_size=16, epochs=3, shuffle=False, verbose=0)
    found = model.fit(x, y, sample_weight=weights, epochs=3, verbose=False)
    np.testing.assert_allclose(found.history["loss"], wanted.history["loss"], rtol=1e-4)
    np.testing.assert_allclose(found.history["accuracy"], wanted.history["accuracy"], rtol=1e-4)
    np.testing.assert_allclose(
        model.weights["out"]["kernel"], net.get_weights()[0], rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize("where", ["spec", "fit"])
def test_training_with_class_weights_equals_that_of_keras(tmp_path, data, where):
    x, y, _ = data
    weights = {0: 5.0, 2: 0.25}
    text = SPEC.replace("batch_size", "class_weight: {0: 5.0, 2: 0.25}\n  batch_size")
    model = load(tmp_path, text if where == "spec" else SPEC)
    net = twin(model)
    wanted = net.fit(
        x, y, class_weight=weights, batch_size=16, epochs=2, shuffle=False, verbose=0,
        validation_split=0.2,
    )  # fmt: skip
    given = {} if where == "spec" else {"class_weight": weights}
    found = model.fit(x, y, epochs=2, validation_split=0.2, verbose=False, **given)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(found.history[name], wanted.history[name], rtol=1e-4)


def test_evaluating_with_sample_weights_equals_that_of_keras(tmp_path, data):
    x, y, weights = data
    model = load(tmp_path)
    wanted = twin(model).evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    found = model.evaluate(x, y, sample_weight=weights)
    assert found["loss"] == pytest.approx(wanted["loss"], rel=1e-4)


def test_weighted_metrics_equal_those_of_keras(tmp_path, data):
    x, y, weights = data
    model = load(tmp_path, SPEC.replace("batch_size", "weighted_metrics: [accuracy]\n  batch_size"))
    net = twin(model)
    net.compile(
        "sgd", "sparse_categorical_crossentropy", metrics=["accuracy"],
        weighted_metrics=["accuracy"],
    )  # fmt: skip
    wanted = net.evaluate(x, y, sample_weight=weights, verbose=0, return_dict=True)
    found = model.evaluate(x, y, sample_weight=weights)
    assert list(found) == ["loss", "accuracy", "weighted_accuracy"]
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], rel=1e-4)


def test_a_loss_over_a_whole_batch_takes_no_weights(tmp_path, data):
    x, _, weights = data
    model = load(tmp_path, SPEC.replace("sparse_categorical_crossentropy", "dice"))
    with pytest.raises(CompileError, match=r"KC509.*dice has no value per example"):
        model.fit(x, np.eye(3)[np.zeros(40, int)], sample_weight=weights, verbose=False)


def test_wrong_weights_are_refused(tmp_path, data):
    x, y, weights = data
    model = load(tmp_path)
    with pytest.raises(CompileError, match=r"KC408.*sample_weight"):
        model.fit(x, y, sample_weight=weights[:7], verbose=False)
    with pytest.raises(CompileError, match=r"KC405.*`other`"):
        model.fit(x, y, sample_weight={"other": weights}, verbose=False)
