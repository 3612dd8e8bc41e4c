"""A NaN names the layer and the line that made it."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError

SPEC = """\
kc: 1
model:
  inputs: {x: [2]}
  layers:
    - {dense: {units: 4}, name: first}
    - {activation: exponential, name: boom}
    - {dense: 1, name: last}
training:
  loss: mean_squared_error
  optimizer: {sgd: {learning_rate: 0.001}}
  batch_size: 8
"""


def fit(tmp_path, spec, x, epochs=3):
    (tmp_path / "spec.yaml").write_text(spec)
    model = kc.load(tmp_path / "spec.yaml")
    with pytest.raises(CompileError) as error:
        model.fit(x, np.full((len(x), 1), 100.0), epochs=epochs, verbose=False)
    (found,) = error.value.report
    assert found.code.id == "KC501"
    return model, found


def test_a_layer_that_overflows_is_named_with_its_line_and_what_went_in(tmp_path):
    x = np.ones((32, 2), "float32")
    x[17] = 1e6
    _, found = fit(tmp_path, SPEC.replace("shuffle: true", ""), x)
    assert "exponential made" in found.message
    assert "32 of" not in found.message
    assert found.span.line == 6
    assert found.labels[0].text == "`boom`"


def test_an_update_that_overflows_names_the_weights(tmp_path):
    spec = SPEC.replace("learning_rate: 0.001", "learning_rate: 1e38").replace(
        "exponential", "tanh"
    )
    _, found = fit(tmp_path, spec, np.ones((32, 2), "float32"))
    assert "the update before it made" in found.message
    assert found.span.line in {5, 7}


def test_the_model_keeps_the_weights_from_before(tmp_path):
    x = np.ones((32, 2), "float32")
    x[17] = 1e6
    model, _ = fit(tmp_path, SPEC, x)
    assert all(np.isfinite(w).all() for layer in model.weights.values() for w in layer.values())
