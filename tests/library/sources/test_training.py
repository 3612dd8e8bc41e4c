"""Sources that are more than a table train from a spec, whole and as a stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kc.cli.main import run

LANGUAGE = """
kc: 1
data:
  source: {characters: {path: book.txt, length: 8, vocabulary: "helo wrd"}}
  split: {validation: 0.2, shuffle: false}
model:
  inputs: {characters: {shape: [8], dtype: int32}}
  layers:
    - embedding: {input_dim: 8, output_dim: 4}
    - gru: {units: 8, return_sequences: true}
    - dense: {units: 8, activation: softmax}
training: {loss: sparse_categorical_crossentropy, epochs: 1, batch_size: 4}
"""
WEATHER = """
kc: 1
data:
  source: {windows: {of: {csv: {path: day.csv}}, length: 6, target: load}}
  split: {validation: 0.2, shuffle: false}
model:
  inputs: {features: [6, 2]}
  layers: [flatten, {dense: 1}]
training: {loss: mean_squared_error, epochs: 1, batch_size: 4}
"""
PHOTOS = """
kc: 1
data:
  source: {image_folder: {path: photos, size: [4, 4]}}
  split: {validation: 0.2, stratify: true}
  stream: true
  preprocess: {image: [{rescaling: 1/255}]}
model:
  inputs: {image: {shape: [4, 4, 3], dtype: uint8}}
  layers: [flatten, {dense: {units: 2, activation: softmax}}]
training: {loss: sparse_categorical_crossentropy, epochs: 1, batch_size: 4}
"""


@pytest.mark.parametrize("spec", [LANGUAGE, WEATHER, PHOTOS], ids=["text", "series", "images"])
def test_a_source_trains(tmp_path, monkeypatch, capsys, spec):
    monkeypatch.chdir(tmp_path)
    Path("book.txt").write_text("hello world " * 20)
    np.savetxt("day.csv", np.random.rand(40, 2), delimiter=",", header="load,wind", comments="")
    for kind in ("cat", "dog"):
        Path("photos", kind).mkdir(parents=True)
        for i in range(8):
            Image.new("RGB", (5, 4), i).save(f"photos/{kind}/{i}.png")
    Path("spec.yaml").write_text(spec)
    assert run(["validate", "--strict", "spec.yaml"]) == 0
    assert run(["train", "spec.yaml", "--run-dir", "run"]) == 0
    assert "val_loss" in capsys.readouterr().out
