"""Weights of losses count in the total and nowhere else, as in Keras."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError

SPEC = """\
kc: 1
model:
  inputs: {x: [3]}
  layers:
    - {dense: 2, name: a}
    - {dense: 1, from: x, name: b}
  outputs: [a, b]
training:
  loss: {a: mean_squared_error, b: mean_absolute_error}
  loss_weights: {a: 0.25}
  optimizer: {sgd: 0.1}
"""


def load(tmp_path, text=SPEC):
    (tmp_path / "spec.yaml").write_text(text)
    return kc.load(tmp_path / "spec.yaml")


def test_the_total_is_the_weighted_sum_and_logs_are_unweighted(tmp_path):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 3)), {"a": random.normal(size=(8, 2)), "b": random.normal(size=8)}
    model = load(tmp_path)
    outputs, logs = model.predict(x), model.evaluate(x, y)
    a = np.mean((outputs["a"] - y["a"]) ** 2)
    b = np.mean(np.abs(outputs["b"][:, 0] - y["b"]))
    assert logs["a_loss"] == pytest.approx(a, rel=1e-5)
    assert logs["b_loss"] == pytest.approx(b, rel=1e-5)
    assert logs["loss"] == pytest.approx(0.25 * a + b, rel=1e-5)


def test_a_gradient_is_scaled_by_its_weight(tmp_path):
    x, y = np.ones((4, 3)), {"a": np.zeros((4, 2)), "b": np.zeros(4)}
    half, full = load(tmp_path), load(tmp_path, SPEC.replace("0.25", "1.0"))
    before = half.weights["a"]["kernel"]
    half.train_on_batch(x, y)
    full.train_on_batch(x, y)
    moved = [m.weights["a"]["kernel"] - before for m in (half, full)]
    np.testing.assert_allclose(moved[0], 0.25 * moved[1], rtol=1e-4)


def test_a_weight_without_loss_is_reported(tmp_path):
    with pytest.raises(CompileError, match=r"KC213.*no loss of an output `c`"):
        load(tmp_path, SPEC.replace("{a: 0.25}", "{c: 0.25}"))
