"""Which form trains fastest over a run, and what is kept of measuring that."""

from __future__ import annotations

import json

import pytest

from kc.compiler.plan.plan import Form, Strategy
from kc.compiler.plan.timing import Timing, fastest, forms
from kc.runtime import timings
from tests.runtime.jobs import make_plan

SPEC = """
kc: 1
name: deep
model:
  inputs: {x: [6]}
  layers:
    - {dense: 6, name: body, repeat: 6}
    - {dense: {units: 3, activation: softmax}}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {sgd: 0.1}
  epochs: 2
"""
WRITTEN_OUT = Timing(Form(Strategy.FUSED), compile_seconds=10.0, seconds_per_step=0.1)
SCAN = Timing(Form(Strategy.FUSED, ("body",)), compile_seconds=2.0, seconds_per_step=0.2)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kc" / "timings"


def test_repeats_can_be_written_out_or_scans():
    assert forms(make_plan(SPEC)) == [WRITTEN_OUT.form, SCAN.form]
    assert forms(make_plan(SPEC.replace(", repeat: 6", ""))) == [WRITTEN_OUT.form]
    again = SPEC.replace("repeat: 6", "repeat: 6, remat: true")
    assert forms(make_plan(again)) == [SCAN.form]


@pytest.mark.parametrize(
    ("steps", "best", "reason"),
    [
        pytest.param(
            10, SCAN, "measured, 10 steps take 4.0 s, against 11.0 s (written out)", id="short"
        ),
        pytest.param(
            1000,
            WRITTEN_OUT,
            "measured, 1,000 steps take 110.0 s, against 202.0 s (`body` as a scan)",
            id="long",
        ),
        pytest.param(None, WRITTEN_OUT, "measured fastest per step", id="of unknown length"),
    ],
)
def test_compiling_and_all_steps_together_decide(steps, best, reason):
    plan = fastest(make_plan(SPEC), [WRITTEN_OUT, SCAN], steps)
    assert (plan.form, plan.scan_reason) == (best.form, reason)


@pytest.mark.parametrize("known", [[], [SCAN]], ids=["nothing", "one form"])
def test_without_a_comparison_the_estimate_stays(known):
    plan = make_plan(SPEC)
    assert fastest(plan, known, 10) is plan


def test_what_was_measured_is_read_again():
    timings.write(make_plan(SPEC), [WRITTEN_OUT, SCAN])
    assert timings.read(make_plan(SPEC)) == [WRITTEN_OUT, SCAN]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("training.epochs=7", True),
        ("training.seed=7", True),
        ("training.callbacks=[{early_stopping: {monitor: loss}}]", True),
        ("name=other", True),
        ("training.batch_size=7", False),
        ("training.optimizer=adam", False),
        ("model.layers[0].repeat=7", False),
    ],
)
def test_timings_belong_to_a_training_step(change, found):
    timings.write(make_plan(SPEC), [WRITTEN_OUT, SCAN])
    assert bool(timings.read(make_plan(SPEC, [change]))) is found


def _changed(change):
    def damage(file):
        stored = json.loads(file.read_text())
        change(stored)
        file.write_text(json.dumps(stored))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.unlink(), id="gone"),
        pytest.param(lambda file: file.write_bytes(b""), id="empty"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-9]), id="cut off"),
        pytest.param(lambda file: file.write_bytes(b"\xff\xfe{}"), id="no text"),
        pytest.param(lambda file: file.write_text("[]"), id="no map"),
        pytest.param(_changed(lambda f: f.update(more=1)), id="unknown key"),
        pytest.param(_changed(lambda f: f["of"].update(kc="0")), id="other version"),
        pytest.param(_changed(lambda f: f["of"]["environment"].update(device="x")), id="device"),
        pytest.param(_changed(lambda f: f["timings"][0].update(strategy="fast")), id="strategy"),
        pytest.param(_changed(lambda f: f["timings"][1].update(scans=["head"])), id="scans"),
        pytest.param(_changed(lambda f: f["timings"][1].update(scans="body")), id="no list"),
        pytest.param(_changed(lambda f: f["timings"][0].update(compile_seconds="1")), id="type"),
        pytest.param(_changed(lambda f: f["timings"][0].update(seconds_per_step=-1)), id="below 0"),
        pytest.param(
            _changed(lambda f: f["timings"][0].update(seconds_per_step=float("nan"))), id="NaN"
        ),
    ],
)
def test_a_broken_or_foreign_file_is_ignored(damage, cache):
    plan = make_plan(SPEC)
    timings.write(plan, [WRITTEN_OUT, SCAN])
    (file,) = cache.iterdir()
    damage(file)
    assert timings.read(plan) == ()


def test_a_cache_that_cannot_be_written_keeps_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    timings.write(make_plan(SPEC), [WRITTEN_OUT, SCAN])
    assert timings.read(make_plan(SPEC)) == ()


def test_a_cache_that_others_can_write_is_not_used(cache):
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    timings.write(make_plan(SPEC), [WRITTEN_OUT, SCAN])
    assert not list(cache.iterdir())
