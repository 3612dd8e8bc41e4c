"""Axes of None in Keras are sizes that only the data know."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.cli import main

keras = pytest.importorskip("keras")


@pytest.fixture
def model():
    x = keras.Input((None, 3), name="x")
    y = keras.layers.Conv1D(4, 3, padding="same")(x)
    return keras.Model(x, keras.layers.LSTM(2)(y))


def test_models_of_any_length_come_and_go(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model.save("model.keras")
    assert main.run(["import", "model.keras", "-o", "spec.yaml"]) == 0
    imported = kc.load("spec.h5")
    assert imported.compiled.unknown_sizes == ["x_1"]
    assert main.run(["export", "spec.h5", "-o", "back.keras"]) == 0
    back = keras.models.load_model("back.keras")
    assert back.input_shape == (None, None, 3)
    for length in (4, 7):
        x = np.random.default_rng(length).normal(size=(2, length, 3)).astype("float32")
        np.testing.assert_allclose(imported.predict(x), model.predict(x, verbose=0), atol=1e-5)
        np.testing.assert_allclose(back.predict(x, verbose=0), model.predict(x, verbose=0))
