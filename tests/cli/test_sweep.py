"""``kc sweep`` with models that train."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import kc
from kc.cli.main import run
from kc.core.diagnostic import CompileError

SPEC = """\
# A line.
kc: 1
name: line
vars: {width: 4}   # of the hidden layer
data: {source: {csv: {path: a.csv, target: y, features: [a, b]}}, split: {validation: 0.25}}
model:
  inputs: {x: [2]}
  layers: [{dense: $width}, {dropout: 0.1}, {dense: 1}]
training:
  loss: mean_squared_error
  optimizer: {sgd: 0.05}
  batch_size: 16
  epochs: 2
sweep:
  objective: val_loss
  space:
    training.optimizer.sgd.learning_rate: [0.001, 0.01, 0.1]
  sampler: grid
"""
RATE = "training.optimizer.sgd.learning_rate"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    rows = [(i % 7 / 7, i % 5 / 5) for i in range(64)]
    Path("a.csv").write_text("a,b,y\n" + "".join(f"{a},{b},{3 * a - b}\n" for a, b in rows))
    Path("spec.yaml").write_text(SPEC)
    return tmp_path


def told(capsys, *arguments, code=0):
    assert run([str(own) for own in arguments]) == code
    return capsys.readouterr()


def results(sweep):
    found = [json.loads(path.read_text()) for path in sorted(sweep.glob("trials/*/results.json"))]
    return [(own["state"], own["overrides"], own["mean"].get("val_loss")) for own in found]


def test_a_sweep_from_the_beginning_to_the_spec_of_the_best_trial(capsys):
    printed = told(capsys, "sweep", "spec.yaml", "--run-dir", "s").out
    assert "3 trials of 1 setting, grid" in printed
    assert "best: trial 2  val_loss" in printed
    in_sweep, alone = re.search(r"val_loss  (\S+) in the sweep, (\S+) alone", printed).groups()
    assert float(in_sweep) == pytest.approx(float(alone), rel=1e-4)
    assert (Path("s") / "winner" / "model.h5").exists()

    shown = told(capsys, "sweep", "show", "s").out.splitlines()
    assert shown[0].split() == ["trial", "state", "val_loss", "learning_rate", "time"]
    assert [line.split()[0] for line in shown[1:4]] == ["2", "1", "0"]
    rows = json.loads(told(capsys, "sweep", "show", "s", "--json").out)["trials"]
    assert [row[RATE] for row in rows] == [0.1, 0.01, 0.001]
    table = list(csv.DictReader(io.StringIO(told(capsys, "sweep", "show", "s", "--csv").out)))
    assert table[0]["trial"] == "2"

    told(capsys, "sweep", "show", "s", "--html", "page.html")
    page = Path("page.html").read_text()
    assert "Parallel coordinates" in page
    assert "<script" not in page

    told(capsys, "sweep", "best", "s", "-o", "best.yaml")
    assert Path("best.yaml").read_text() == SPEC[: SPEC.index("sweep:")].replace("0.05", "0.1")
    told(capsys, "validate", "best.yaml")
    differing = told(capsys, "sweep", "diff", "s", 0, 2).out
    assert re.search(r"training.optimizer.sgd.learning_rate\s+0.001\s+0.1", differing)


def test_trials_together_measure_what_they_measure_alone(capsys):
    for name, together in (("a", 3), ("b", 1)):
        told(capsys, "sweep", "spec.yaml", "--run-dir", name, "--no-refit", "--set",
             f"sweep.together={together}")  # fmt: skip
    a, b = results(Path("a")), results(Path("b"))
    assert [own[:2] for own in a] == [own[:2] for own in b]
    assert [own[2] for own in a] == pytest.approx([own[2] for own in b], rel=1e-4)


def test_a_trial_that_diverges_is_recorded_and_the_others_go_on(capsys):
    rates = f"sweep.space={{{RATE}: [0.01, 1.0e+30]}}"
    printed = told(capsys, "sweep", "spec.yaml", "--run-dir", "s", "--no-refit", "--set", rates,
                   code=5)  # fmt: skip
    assert "trial 1 failed: a loss or a weight is not finite after step" in printed.err
    assert [own[0] for own in results(Path("s"))] == ["finished", "failed"]


@pytest.mark.parametrize("setting", ["repeats=2", "folds=2"])
def test_runs_of_a_trial_have_a_mean_and_a_spread(setting, capsys):
    split = "data.split.validation=0.25"
    told(capsys, "sweep", "spec.yaml", "--run-dir", "s", "--no-refit", "--set", split, "--set",
         f"sweep.space={{{RATE}: [0.01]}}", "--set", f"sweep.{setting}")  # fmt: skip
    found = json.loads(Path("s/trials/000/results.json").read_text())
    values = [own["val_loss"] for own in found["runs"]]
    assert len(set(values)) == 2
    assert found["mean"]["val_loss"] == pytest.approx(sum(values) / 2)
    assert found["std"]["val_loss"] > 0
    rows = json.loads(told(capsys, "sweep", "show", "s", "--json").out)["trials"]
    assert rows[0]["val_loss_std"] == pytest.approx(found["std"]["val_loss"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["s"], 2, "s is begun", id="begun"),
        pytest.param(
            ["s", "--resume", "--set", "training.epochs=3"],
            1,
            "training.epochs: 2 -> 3",
            id="another spec",
        ),
        pytest.param(
            ["s", "--resume", "--set", "sweep.sampler=random"], 1, "KC611", id="another sampler"
        ),
        pytest.param(["worker", "nowhere"], 2, "KC614", id="no sweep"),
        pytest.param(["best", "s", "--trial", "99"], 2, "there is no trial 99", id="no trial"),
    ],
)
def test_what_does_not_fit_a_sweep_is_refused(arguments, code, says, capsys):
    told(capsys, "sweep", "spec.yaml", "--run-dir", "s", "--no-refit", "-q", "--trials", 1)
    assert says in told(capsys, "sweep", *arguments, code=code).err


def test_a_worker_of_another_version_is_refused(capsys):
    told(capsys, "sweep", "spec.yaml", "--run-dir", "s", "--no-refit", "-q", "--trials", 1)
    facts = json.loads(Path("s/sweep.json").read_text())
    Path("s/sweep.json").write_text(json.dumps({**facts, "kc": "0.0.1"}))
    assert "KC612" in told(capsys, "sweep", "worker", "s", code=1).err


def test_a_spec_without_a_sweep_is_refused(capsys):
    Path("spec.yaml").write_text(SPEC[: SPEC.index("sweep:")])
    assert "KC610" in told(capsys, "sweep", "spec.yaml", code=1).err


def test_more_trials_go_on_where_a_sweep_ended(capsys):
    told(capsys, "sweep", "spec.yaml", "--run-dir", "s", "--no-refit", "-q", "--trials", 1)
    told(capsys, "sweep", "s", "--resume", "--no-refit", "--trials", 3)
    assert len(results(Path("s"))) == 3
    assert told(capsys, "sweep", "worker", "s", "-q").out == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_a_sweep_that_was_stopped_ends_as_one_that_was_not(number, capsys):
    alone = ["--set", "sweep.together=1", "--no-refit"]
    told(capsys, "sweep", "spec.yaml", "--run-dir", "whole", *alone)
    process = subprocess.Popen(
        [sys.executable, "-m", "kc", "sweep", "spec.yaml", "--run-dir", "s", *alone],
        stderr=subprocess.PIPE,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        text=True,
    )
    while not Path("s/trials/000/results.json").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    if number == signal.SIGINT and process.returncode:
        assert process.returncode == 130
        assert "kc sweep s --resume" in said
    told(capsys, "sweep", "s", "--resume", "--no-refit", "-q")
    assert results(Path("s")) == results(Path("whole"))


# From Python


def test_python_gets_trials_and_the_best_of_them():
    found = kc.sweep("spec.yaml", {"vars.width": [2, 4]}, objective="val_loss", sampler="grid")
    assert [own["state"] for own in found.trials] == ["finished", "finished"]
    assert found.best == found.trials[0]
    assert found.best["val_loss"] <= found.trials[1]["val_loss"]
    assert f"vars: {{width: {found.best['vars.width']}}}   # of the hidden layer" in found.best_spec
    assert found.path.parent.name == "runs"


def test_python_is_told_what_is_wrong_with_a_space():
    with pytest.raises(CompileError, match="KC601"):
        kc.sweep("spec.yaml", {"training.batchsize": [2, 4]})
