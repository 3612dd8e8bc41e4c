"""What optimizers remember goes through checkpoints exactly, in memory and on a stream."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runtime.jobs import begin, finish, model_bytes, resume
from tests.runtime.test_resume import stop_after

SPEC = """
kc: 1
name: remembers
data: {source: {npy: {inputs: x.npy, target: y.npy}}, stream: STREAM}
model:
  inputs: {x: [6]}
  precision: PRECISION
  layers: [{dense: {units: 8, activation: relu}}, {dropout: 0.3}, {dense: 3}, softmax]
training:
  loss: sparse_categorical_crossentropy
  optimizer: {OPTIMIZER}
  batch_size: 16
  epochs: 3
  callbacks: [checkpoint: {every_steps: 1}]
"""


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.normal(size=(90, 6)).astype("float32"))
    np.save(tmp_path / "y.npy", random.integers(0, 3, 90))
    return tmp_path


@pytest.mark.parametrize("stream", ["false", "true"])
@pytest.mark.parametrize(
    ("precision", "optimizer"),
    [
        pytest.param(
            "float32",
            "adamw: {learning_rate: 0.01, gradient_accumulation_steps: 4, clipnorm: 0.5}",
            id="accumulated gradients",
        ),
        pytest.param(
            "bfloat16",
            "sgd: {learning_rate: 0.1, momentum: 0.9, use_ema: true, global_clipnorm: 1.0, "
            "ema_overwrite_frequency: 5}",
            id="averages of weights",
        ),
        pytest.param(
            "float16",
            "adam: {learning_rate: 0.01, loss_scale_factor: dynamic, clipvalue: 0.1}",
            id="scaled losses",
        ),
    ],
)
def test_a_resumed_run_is_byte_identical(data, stream, precision, optimizer):
    text = SPEC.replace("STREAM", stream).replace("PRECISION", precision)
    text = text.replace("OPTIMIZER", optimizer)
    finish(begin(text, data, "whole"))
    # In the middle of four steps whose gradients add up, and of five between two averages.
    stop_after(begin(text, data, "cut"), 11)
    resumed, report = resume(text, data, "cut")
    assert not report.diagnostics
    assert resumed.resumed is not None
    assert int(resumed.resumed.state.step) % 4
    finish(resumed)
    assert model_bytes(data / "cut") == model_bytes(data / "whole")
