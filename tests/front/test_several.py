"""Several inputs and outputs, and single batches, against Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kc
from tests.front.test_model import SPEC

random = np.random.default_rng(1)
X = {name: random.normal(size=(40, 3)).astype("float32") for name in ("left", "right")}
Y = {"amount": random.normal(size=40).astype("float32"), "kind": random.integers(0, 2, 40)}
W = {name: random.uniform(0, 2, 40).astype("float32") for name in Y}


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


def twin(model) -> keras.Model:
    """The same model in Keras with the same weights."""
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    trunk = keras.layers.Dense(8, "relu", name="trunk")(keras.layers.Concatenate()([left, right]))
    amount = keras.layers.Dense(1, name="amount")(trunk)
    kind = keras.layers.Dense(2, "softmax", name="kind")(trunk)
    net = keras.Model({"left": left, "right": right}, {"amount": amount, "kind": kind})
    for scope, arrays in model.weights.items():
        net.get_layer(scope).set_weights([arrays["kernel"], arrays["bias"]])
    net.compile(
        keras.optimizers.Adam(0.01),
        {"amount": "mean_squared_error", "kind": "sparse_categorical_crossentropy"},
        metrics={"amount": ["mean_absolute_error"], "kind": ["accuracy"]},
    )
    return net


def arranged(arrays, form: str):
    return list(arrays.values()) if form == "list" else arrays


@pytest.mark.parametrize("form", ["dict", "list"])
def test_arrays_come_by_name_or_in_the_order_of_the_model(model, form):
    x, y, weight = (arranged(arrays, form) for arrays in (X, Y, W))
    wanted = twin(model).fit(X, Y, sample_weight=W, batch_size=10, shuffle=False, verbose=0)
    found = model.fit(x, y, sample_weight=weight, batch_size=10, shuffle=False, verbose=0)
    assert set(found.history) == set(wanted.history)
    for name, values in wanted.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-4, err_msg=name)


def test_batches_of_several_arrays_train_as_in_keras(model):
    def batches():
        for rows in np.split(np.arange(40), 4):
            yield tuple({n: a[rows] for n, a in part.items()} for part in (X, Y, W))

    wanted = twin(model).fit(X, Y, sample_weight=W, batch_size=10, shuffle=False, verbose=0)
    found = model.fit(batches, verbose=0)
    for name, values in wanted.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-4, err_msg=name)


def test_single_batches_train_and_measure_as_in_keras(model):
    net = twin(model)
    for rows in (slice(0, 10), slice(10, 24)):
        x, y, w = ({n: a[rows] for n, a in part.items()} for part in (X, Y, W))
        wanted = net.train_on_batch(x, y, sample_weight=w, return_dict=True)
        assert model.train_on_batch(x, y, sample_weight=w) == pytest.approx(wanted, rel=1e-4)
    wanted = net.test_on_batch(x, y, sample_weight=w, return_dict=True)
    assert model.test_on_batch(x, y, sample_weight=w) == pytest.approx(wanted, rel=1e-4)
    for name, array in net.predict_on_batch(x).items():
        np.testing.assert_allclose(model.predict_on_batch(x)[name], array, atol=1e-5)


def test_classes_of_a_single_batch_weigh_as_in_keras(tmp_path):
    (tmp_path / "spec.yaml").write_text(
        "kc: 1\nmodel: {inputs: {x: [3]}, layers: [{dense: {units: 2, activation: softmax}}]}\n"
        "training: {loss: sparse_categorical_crossentropy, optimizer: {sgd: 0.1}}\n"
    )
    model = kc.load(tmp_path / "spec.yaml")
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])
    net.set_weights([model.weights["dense"][name] for name in ("kernel", "bias")])
    net.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    weights = {0: 0.5, 1: 3.0}
    for _ in range(2):
        wanted = net.train_on_batch(X["left"], Y["kind"], class_weight=weights, return_dict=True)
        found = model.train_on_batch(X["left"], Y["kind"], class_weight=weights)
        assert found == pytest.approx(wanted, rel=1e-4)
