"""Models with text and with fitted layers, from Python."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from tests.runtime.text_jobs import BAD, GOOD

SPEC = """\
kc: 1
model:
  inputs: {words: {shape: [], dtype: string}, x: [2]}
  layers:
    - text_vectorization: {max_tokens: 12, output_mode: multi_hot, pad_to_max_tokens: true}
      from: words
    - {normalization: {}, from: x}
    - {concatenate: {}, from: [text_vectorization, normalization]}
    - {dense: {units: 1, activation: sigmoid}, name: good}
training:
  loss: binary_crossentropy
  optimizer: {adam: {learning_rate: 0.1}}
  metrics: [binary_accuracy]
"""


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 80)
    words = np.array([f"a {random.choice(GOOD if good else BAD)} thing" for good in y])
    return {"words": words, "x": random.normal(7.0, 2.0, (80, 2))}, y


def test_fit_finds_fields_first_and_learns(model, data):
    x, y = data
    model.fit(x, y, epochs=8, verbose=False)
    assert model.evaluate(x, y)["binary_accuracy"] == 1
    new = {"words": ["a great one", "an AWFUL one!"], "x": [[7, 7], [7, 7]]}
    good, bad = model.predict(new)[:, 0]
    assert good > 0.8
    assert bad < 0.2


def test_what_was_found_is_saved(model, data, tmp_path):
    x, y = data
    model.fit(x, y, verbose=False)
    model.save(tmp_path / "m.h5")
    again = kc.load(tmp_path / "m.h5")
    assert again.to_yaml() == model.to_yaml()
    assert "awful" in again.to_yaml()
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert "def preprocess(inputs):" in model.to_python()


def test_validation_examples_are_not_looked_at(model, data):
    x, y = data
    words = x["words"].copy()
    words[-8:] = "unseen"
    model.fit({**x, "words": words}, y, validation_split=0.1, verbose=False)
    assert "unseen" not in model.to_yaml()


def test_adapt_finds_fields_without_training(model, data):
    x, y = data
    before = model.weights
    model.adapt(x)
    np.testing.assert_array_equal(model.weights["good"]["kernel"], before["good"]["kernel"])
    assert model.predict(x).shape == (80, 1)
    found = model.to_yaml()
    model.fit(x, y, verbose=False)
    assert model.to_yaml() == found


@pytest.mark.parametrize("ask", ["predict", "evaluate", "train_on_batch", "to_python"])
def test_nothing_is_computed_before_fields_are_found(model, data, ask):
    x, y = data
    arguments = {"predict": (x,), "to_python": ()}.get(ask, (x, y))
    with pytest.raises(CompileError, match="KC518"):
        getattr(model, ask)(*arguments)


def test_what_the_host_refuses_is_a_message(model, data):
    x, _ = data
    model.adapt(x)
    with pytest.raises(CompileError, match="the model takes text"):
        model.predict({**x, "words": np.zeros(80)})
