"""Layers that change images at random do so in training only, and the same way again on resume."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from tests.runtime.jobs import begin, finish, model_bytes, resume
from tests.runtime.test_resume import stop_after

SPEC = """\
kc: 1
name: augmented
data:
  source: {npy: {inputs: x.npy, target: y.npy}}
  split: {validation: 0.25}
  stream: STREAM
  preprocess: {x: [{rescaling: 1/255}]}
model:
  inputs: {x: {shape: [8, 8, 3], dtype: uint8}}
  layers:
    - {random_crop: {height: 6, width: 6}, name: cropped}
    - random_flip: horizontal
    - random_translation: {height_factor: 0.2, width_factor: 0.2}
    - {random_brightness: {factor: 0.2, value_range: [0, 1]}}
    - {random_erasing: {value_range: [0, 1]}, name: erased}
    - flatten
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  batch_size: 16
  epochs: 2
  callbacks: [checkpoint: {every_steps: 2}]
"""
STREAMED = pytest.mark.parametrize("stream", ["true", "false"])


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.integers(0, 256, (60, 8, 8, 3)).astype("uint8"))
    np.save(tmp_path / "y.npy", random.integers(0, 3, 60))
    return tmp_path


@STREAMED
def test_a_resumed_run_changes_images_as_an_uninterrupted_one(folder, stream):
    spec = SPEC.replace("STREAM", stream)
    finish(begin(spec, folder, "whole"))
    stop_after(begin(spec, folder, "cut"), 3)
    again, report = resume(spec, folder, "cut")
    assert not report.diagnostics
    finish(again)
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")


def test_outside_of_training_images_stay_as_they_are(folder):
    outputs = "  outputs: {cropped: cropped, erased: erased, dense: dense}"
    outputs += "\ntraining:\n  loss: {dense: sparse"
    text = SPEC.replace("training:\n  loss: sparse", outputs)
    text = text.replace("crossentropy\n  batch", "crossentropy}\n  batch")
    (folder / "spec.yaml").write_text(text.replace("STREAM", "false"))
    model = kc.load(folder / "spec.yaml")
    images = np.load(folder / "x.npy")[:5]
    seen = model.predict(images)
    np.testing.assert_array_equal(seen["erased"], seen["cropped"])
    np.testing.assert_array_equal(seen["cropped"], model.predict(images)["cropped"])
    x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    measured = [model.evaluate(x, {"dense": y})["loss"] for _ in range(2)]
    assert measured[0] == measured[1]
