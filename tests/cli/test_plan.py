"""``kc plan`` measures both forms of repeats, ``kc train`` takes the faster one."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest

from kc.cli.main import run
from kc.compiler.plan.plan import Form, Strategy
from kc.compiler.plan.timing import Timing
from kc.runtime import timings
from tests.runtime.jobs import make_plan, write_data

SPEC = """
kc: 1
name: deep
data:
  source: {npz: {path: data.npz, target: y}}
model:
  inputs: {x: [6]}
  layers:
    - {dense: 6, name: body, repeat: 3}
    - {dense: {units: 3, activation: softmax}}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {sgd: 0.1}
  batch_size: 16
"""
SCAN, WRITTEN_OUT = Form(Strategy.FUSED, ("body",)), Form(Strategy.FUSED)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    Path("spec.yaml").write_text(SPEC)
    write_data(tmp_path, rows=80)


def fast(form: Form) -> None:
    """Keep measurements in which this form is the faster one."""
    slow = WRITTEN_OUT if form == SCAN else SCAN
    timings.write(make_plan(SPEC), [Timing(form, 1.0, 0.1), Timing(slow, 2.0, 0.1)])


def scans(run_path: str) -> list[str]:
    return json.loads(Path(run_path, "lock.json").read_text())["scans"]


def rows(text: str) -> list[tuple[str, str]]:
    return [(line[:12].strip(), line[13:]) for line in text.splitlines()]


def test_both_forms_are_measured_shown_and_kept(capsys):
    assert run(["plan", "spec.yaml", "--set", "training.epochs=2"]) == 0
    found = rows(capsys.readouterr().out)
    assert ("steps", "10 in 2 epochs of 80 examples") in found
    measured = [value for name, value in found if name == "measured"]
    assert [value.partition(":")[0] for value in measured] == ["written out", "`body` as a scan"]
    assert all(" s to compile, " in value and " s in all" in value for value in measured)
    kept = timings.read(make_plan(SPEC))
    assert [one.form for one in kept] == [WRITTEN_OUT, SCAN]
    best = min(kept, key=lambda one: one.seconds(10)).form
    why = dict(found)["repeats"]
    assert why.startswith(f"{best.repeats}: measured, 10 steps take ")
    assert run(["plan", "spec.yaml", "--set", "training.epochs=2", "--no-measure"]) == 0
    assert dict(rows(capsys.readouterr().out))["repeats"] == why


def test_without_data_steps_decide(capsys):
    fast(SCAN)
    Path("data.npz").unlink()
    assert run(["plan", "spec.yaml", "--no-measure"]) == 0
    found = dict(rows(capsys.readouterr().out))
    assert found["steps"] == "unknown: there is no file `data.npz`"
    assert found["repeats"].endswith(": measured fastest per step")


def test_what_was_not_measured_is_estimated(capsys):
    assert run(["plan", "spec.yaml", "--no-measure"]) == 0
    found = dict(rows(capsys.readouterr().out))
    assert found["repeats"].startswith("written out: they are so few and small ")
    assert "steps" not in found


def test_a_run_takes_the_form_that_measured_faster_and_says_so(capsys):
    for form, path in ((SCAN, "scan"), (WRITTEN_OUT, "written")):
        fast(form)
        assert run(["train", "spec.yaml", "--run-dir", path]) == 0
        line = f"repeats {form.repeats}: measured, 5 steps take 1.5 s, against 2.5 s "
        assert line in capsys.readouterr().out
        assert tuple(scans(path)) == form.scans
    assert Path("scan/model.py").read_text() == Path("written/model.py").read_text()
    assert names("scan/model.h5") == names("written/model.h5")


def names(path: str) -> list[str]:
    found: list[str] = []
    with h5py.File(path) as file:
        file.visit(found.append)
    return found


def test_a_resumed_run_keeps_its_form_whatever_was_measured_since(monkeypatch, capsys):
    fast(SCAN)
    assert run(["train", "spec.yaml", "--run-dir", "run", "-q"]) == 0
    fast(WRITTEN_OUT)
    monkeypatch.setattr(timings, "read", lambda plan: pytest.fail("measured times were read"))
    capsys.readouterr()
    assert run(["train", "run", "--resume", "--set", "training.epochs=2"]) == 0
    assert "repeats `body` as a scan: as the run began" in capsys.readouterr().out
    assert scans("run") == ["body"]
