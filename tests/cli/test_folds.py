"""`kc train --folds`: a run for each fold, in one folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kc.cli.main import run
from tests.runtime.jobs import model_bytes, write_data

SPEC = """\
kc: 1
name: folded
data:
  source: {npz: {path: data.npz, target: y}}
  split: {validation: 0.2, stratify: true}
  preprocess: {x: [normalization]}
model:
  inputs: {x: [6]}
  layers: [{dense: {units: 3, activation: softmax}}]
training: {loss: sparse_categorical_crossentropy, metrics: [accuracy], batch_size: 16, epochs: 2}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_data(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_fold_is_a_run_and_all_are_summed_up(folder, capsys):
    assert run(["train", "spec.yaml", "--folds", "3", "--run-dir", "cv", "--quiet"]) == 0
    results = json.loads((folder / "cv/results.json").read_text())
    losses = [own["loss"] for own in results["folds"]]
    assert results["mean"]["loss"] == pytest.approx(np.mean(losses))
    assert results["std"]["loss"] == pytest.approx(np.std(losses, ddof=1))
    shown = capsys.readouterr().out
    assert f"mean  {np.mean(losses):.4f} ± {np.std(losses, ddof=1):.4f}" in shown
    _each_has_layers_of_its_own(folder)
    _evaluate_tells_the_same(capsys, losses)
    _one_alone_is_the_same(folder)


def _each_has_layers_of_its_own(folder):
    texts = [(folder / f"cv/fold-{k}/resolved.yaml").read_text() for k in (1, 2, 3)]
    assert all(f"fold: {k}" in text for k, text in enumerate(texts, 1))
    means = [text[text.index("mean:") :].partition("]")[0] for text in texts]
    assert len(set(means)) == 3
    assert "mean:" not in (folder / "cv/resolved.yaml").read_text()


def _evaluate_tells_the_same(capsys, losses):
    assert run(["evaluate", "cv/fold-2", "--part", "validation", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["loss"] == pytest.approx(losses[1])


def _one_alone_is_the_same(folder):
    changes = [f"--set=data.split.{change}" for change in ("validation=0", "folds=3", "fold=2")]
    assert run(["train", "spec.yaml", *changes, "--run-dir", "alone", "--quiet"]) == 0
    assert model_bytes(folder / "alone") == model_bytes(folder / "cv/fold-2")


def test_a_cross_validation_goes_on_where_it_was_killed(folder, capsys):
    command = [sys.executable, "-m", "kc", "train", "spec.yaml", "--folds", "2", "--quiet"]
    started = subprocess.Popen(command)
    while not list(folder.glob("runs/folded-*/fold-2")):
        assert started.poll() is None
        time.sleep(0.01)
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    (cv,) = folder.glob("runs/folded-*")
    first = model_bytes(cv / "fold-1"), (cv / "fold-1/model.h5").stat().st_mtime_ns
    assert run(["train", "spec.yaml", "--folds", "2", "--resume", "--quiet"]) == 0
    assert (model_bytes(cv / "fold-1"), (cv / "fold-1/model.h5").stat().st_mtime_ns) == first
    assert len(json.loads((cv / "results.json").read_text())["folds"]) == 2
    # What is finished only tells its results again; another spec is another experiment.
    assert run(["train", str(cv), "--resume"]) == 0
    assert "mean" in capsys.readouterr().out
    assert run(["train", str(cv), "--resume", "--set", "training.epochs=9"]) == 1
    assert "the spec changed since" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["spec.yaml", "--folds", "1"], 2, "greater than or equal to 2"),
        (["spec.yaml", "--folds", "2", "--init-from", "x"], 2, "leave away --init-from"),
        (["spec.yaml", "--folds", "2", "--resume"], 2, "there are no folds of `folded`"),
        (["spec.yaml", "--folds", "2", "--set", "data.split.shuffle=false"], 1, "needs `shuffle:"),
    ],
)
def test_what_cannot_be_cross_validated_is_refused(folder, capsys, arguments, code, message):
    assert run(["train", *arguments]) == code
    shown = capsys.readouterr()
    assert message in shown.err + shown.out
    assert not (folder / "runs").exists()
