"""What is not trainable stays as it is, and counts as Keras counts it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kc

SPEC = """\
kc: 1
model:
  inputs: {x: [5]}
  layers:
    - {dense: {units: 6, activation: tanh, kernel_regularizer: {l2: 0.1}}, name: first,
       trainable: false}
    - {batch_normalization: {}, name: norm, trainable: false}
    - {dense: {units: 3, activation: softmax, kernel_regularizer: {l2: 0.1}}, name: out}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adamw: {learning_rate: 0.02, weight_decay: 0.1}}
  batch_size: 16
  shuffle: false
"""


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    return random.normal(size=(40, 5)).astype("float32"), random.integers(0, 3, 40)


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


def test_frozen_layers_keep_weights_and_state(model, data):
    before = model.weights
    model.fit(*data, epochs=2, verbose=False)
    for scope in ("first", "norm"):
        for name, array in before[scope].items():
            np.testing.assert_array_equal(model.weights[scope][name], array)
    moved = np.abs(model.weights["out"]["kernel"] - before["out"]["kernel"])
    assert moved.max() > 0.01
    np.testing.assert_array_equal(model.state.layers["norm"]["moving_mean"], np.zeros(6))


def test_training_around_frozen_layers_equals_that_of_keras(model, data):
    l2 = keras.regularizers.L2(0.1)
    first = keras.layers.Dense(6, "tanh", kernel_regularizer=l2)
    norm = keras.layers.BatchNormalization()
    out = keras.layers.Dense(3, "softmax", kernel_regularizer=l2)
    net = keras.Sequential([keras.Input((5,)), first, norm, out])
    for layer, name in ((first, "first"), (out, "out")):
        layer.set_weights([model.weights[name]["kernel"], model.weights[name]["bias"]])
    first.trainable = norm.trainable = False
    net.compile(keras.optimizers.AdamW(0.02, 0.1), "sparse_categorical_crossentropy")
    wanted = net.fit(*data, batch_size=16, epochs=3, shuffle=False, verbose=0)
    found = model.fit(*data, epochs=3, verbose=False)
    np.testing.assert_allclose(found.history["loss"], wanted.history["loss"], rtol=1e-4)
    np.testing.assert_allclose(
        model.weights["out"]["kernel"], out.get_weights()[0], rtol=1e-3, atol=1e-5
    )


def test_a_frozen_model_is_saved_with_all_its_weights(model, data, tmp_path):
    model.fit(*data, verbose=False)
    model.save(tmp_path / "m.h5")
    other = kc.load(tmp_path / "m.h5")
    np.testing.assert_array_equal(other.predict(data[0]), model.predict(data[0]))
    assert other.train_on_batch(*data) == model.train_on_batch(*data)
