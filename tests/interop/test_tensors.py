"""Weights go to safetensors and come back."""

from __future__ import annotations

import numpy as np

import kc
from kc.cli.main import run

SPEC = """kc: 1
model: {inputs: {x: [4]}, layers: [{dense: 3}, batch_normalization, {dense: 2}]}
"""


def test_weights_come_back_from_safetensors(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC)
    model = kc.load(spec)
    model.save(tmp_path / "a.h5")
    file, back = str(tmp_path / "a.safetensors"), str(tmp_path / "b.h5")
    assert run(["export", str(tmp_path / "a.h5"), "--format", "safetensors", "-o", file]) == 0
    assert run(["import", file, "--spec", str(spec), "-o", back]) == 0
    x = np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(kc.load(back).predict(x), model.predict(x))


def test_a_file_of_weights_needs_a_spec(tmp_path, capsys):
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC)
    kc.load(spec).save(tmp_path / "a.h5")
    file = str(tmp_path / "a.safetensors")
    run(["export", str(tmp_path / "a.h5"), "--format", "safetensors", "-o", file])
    assert run(["import", file]) == 2
    assert "--spec" in capsys.readouterr().err
