"""Every example does what its page says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kc.cli.main import run

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(ROOT.glob("examples/*/spec.yaml"))


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.parent.name)
def example(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return str(request.param)


def test_an_example_is_clean(example, capsys):
    assert run(["validate", "--strict", "--allow-plugins", example]) == 0
    assert capsys.readouterr().out.rstrip().endswith("ok")


def test_an_example_trains_evaluates_and_predicts(example, capsys, tmp_path):
    assert run(["train", example, "--set", "training.epochs=2", "--run-dir", "run"]) == 0
    out = capsys.readouterr().out
    assert "epoch 2/2  loss" in out
    assert "examples/s" in out
    assert "test  loss" in out
    assert "run folder: run" in out
    written = {path.name for path in Path("run").iterdir()}
    assert written >= {
        "spec.yaml", "resolved.yaml", "lock.json", "model.py", "metrics.jsonl", "checkpoints",
        "model.h5", "results.json", "sessions.jsonl", "report.html",
    }  # fmt: skip
    assert len(Path("run/metrics.jsonl").read_text().splitlines()) == 2
    assert run(["evaluate", "run", "--json"]) == 0
    logs = json.loads(capsys.readouterr().out)
    del logs["report"]
    assert logs == json.loads(Path("run/results.json").read_text())["test"]
    assert run(["predict", "run", "-o", "p.npz"]) == 0
    with np.load("p.npz") as outputs:
        assert all(np.isfinite(outputs[name]).all() for name in outputs.files)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_digits_convnet_passes_98_percent(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    spec = str(ROOT / "examples/digits_convnet/spec.yaml")
    assert run(["train", spec, "--seed", str(seed), "--run-dir", "run", "-q"]) == 0
    assert json.loads(Path("run/results.json").read_text())["test"]["accuracy"] > 0.98
