"""``on_nan``: what a run does about numbers that are not finite."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kc
from kc.compiler.plan.plan import Form, Strategy
from kc.core.diagnostic import CompileError, Report
from kc.core.events import Notice
from kc.runtime import job
from tests.runtime.jobs import finish, make_plan, model_bytes

ROOT = """
kc: 1
name: root
data: {source: {npz: {path: data.npz, target: y}}}
model:
  inputs: {x: [3]}
  layers:
    - {dense: {units: 4, use_bias: false}, name: first}
    - batch_normalization: {center: false, scale: false}
    - {add: {}, from: [batch_normalization, first]}
    - {expression: 'sqrt(abs(x))', from: first, name: root}
    - dropout: 0.2
    - {dense: 1, name: last}
training:
  loss: mean_squared_error
  optimizer: {adam: {learning_rate: 0.01}}
  metrics: [mean_absolute_error]
  shuffle: false
  batch_size: 4
  epochs: 3
  on_nan: skip
  callbacks: [{checkpoint: {every_steps: 2}}]
"""
LINEAR = """
kc: 1
name: linear
data: {source: {npz: {path: data.npz, target: y}}}
model: {inputs: {x: [3]}, layers: [{dropout: 0.1}, {dense: 1}]}
training:
  loss: mean_squared_error
  optimizer: {sgd: {learning_rate: 1e16, momentum: 0.5}}
  batch_size: 4
  epochs: 3
  on_nan: {rollback: {factor: 1e-9, most: 2}}
  callbacks: [{checkpoint: {every_steps: 2}}]
"""
"""It diverges twice: with rates of 1e16 and 1e7, but not of 0.01."""
FORMS = [Form(strategy) for strategy in Strategy]


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(24, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]], "float32")
    x[9] = 0.0  # the third of six steps
    np.savez(tmp_path / "data.npz", x=x, y=y)
    return tmp_path


def begin(spec, folder, name, form=FORMS[0]):
    return job.begin(make_plan(spec, form=form), folder, folder / name, Report())


def resume(spec, folder, name):
    return job.resume(folder / name, lambda form: make_plan(spec, form=form), folder, Report())


def history(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def notices(started):
    found = [event.diagnostic for event in started.events() if isinstance(event, Notice)]
    started.run.close()
    return found


def failure(started):
    with pytest.raises(CompileError) as error:
        finish(started)
    started.run.close()
    (found,) = error.value.report
    return found


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.strategy))
def test_a_step_that_is_skipped_counts_for_nothing(folder, form):
    found = notices(begin(ROOT, folder, "run", form))
    assert [notice.code.id for notice in found] == ["KC563"] * 3
    assert found[0].message.startswith("step 3 (epoch 1) was skipped")
    epochs = history(folder / "run")
    assert [epoch["skipped_steps"] for epoch in epochs] == [1, 1, 1]
    assert [epoch["step"] for epoch in epochs] == [6, 12, 18]
    assert all(np.isfinite(list(epoch.values())).all() for epoch in epochs)


def test_nothing_changes_where_no_step_is_skipped(folder):
    data = dict(np.load(folder / "data.npz"))
    np.savez(folder / "data.npz", **{**data, "x": data["x"] + 3})
    finish(begin(ROOT, folder, "skip"))
    finish(begin(ROOT.replace("on_nan: skip", "on_nan: stop"), folder, "stop"))
    skip, stop = history(folder / "skip"), history(folder / "stop")
    assert [epoch.pop("skipped_steps") for epoch in skip] == [0, 0, 0]
    assert skip == stop


def test_an_epoch_in_which_nothing_counts_ends_the_run(folder):
    np.savez(folder / "data.npz", x=np.zeros((24, 3), "float32"), y=np.ones((24, 1), "float32"))
    found = failure(begin(ROOT, folder, "run"))
    assert "a gradient is not finite in step 1 (epoch 1, step 1): expression" in found.message
    assert found.notes[-1] == "every step of epoch 1 was skipped"


def test_a_run_goes_back_until_its_learning_rate_is_low_enough(folder):
    found = notices(begin(LINEAR, folder, "run"))
    assert [notice.code.id for notice in found] == ["KC564"] * 2
    assert "epoch 1 begins again with a learning rate of `0.01`" in found[1].message
    epochs = history(folder / "run")
    assert [epoch["step"] for epoch in epochs] == [6, 12, 18]
    assert [epoch["learning_rate"] for epoch in epochs] == [pytest.approx(0.01)] * 3
    assert epochs[-1]["loss"] < 10


def test_a_run_goes_back_no_more_often_than_it_may(folder):
    found = failure(begin(LINEAR.replace("most: 2", "most: 1"), folder, "run"))
    assert found.code.id == "KC501"
    assert found.notes[-1] == "rollbacks before: 1"


@pytest.mark.parametrize("events", [1, 6, 9])
@pytest.mark.parametrize("spec", [ROOT, LINEAR], ids=["skip", "rollback"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.strategy))
def test_a_resumed_run_is_byte_identical_to_an_uninterrupted_one(folder, spec, form, events):
    finish(begin(spec, folder, "whole", form))
    cut = begin(spec, folder, "cut", form)
    for number, _ in enumerate(cut.events()):
        if number == events:
            break
    cut.run.close()
    finish(resume(spec, folder, "cut"))
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")


def test_a_skipped_step_leaves_weights_optimizer_and_layers_as_they_were(folder):
    """On the same data, and on data where only the skipped batch differs."""
    finish(begin(ROOT, folder, "one"))
    data = dict(np.load(folder / "data.npz"))
    data["y"][8:12] += 5.0
    np.savez(folder / "data.npz", **data)
    finish(begin(ROOT, folder, "other"))
    one, other = (model_bytes(folder / name) for name in ("one", "other"))
    assert {k: v for k, v in one.items() if k != "metrics.jsonl"} == {
        k: v for k, v in other.items() if k != "metrics.jsonl"
    }
    assert history(folder / "one") == history(folder / "other")


@pytest.mark.parametrize("on_nan", ["skip", "{rollback: {factor: 1e-9}}"])
def test_fit_does_as_the_spec_says(tmp_path, on_nan):
    spec = LINEAR.split("on_nan")[0] + f"on_nan: {on_nan}\n"
    if on_nan == "skip":
        spec = spec.replace("1e16", "1e-2").replace(
            "{dense: 1}", "{expression: sqrt(x)}, {dense: 1}"
        )
    (tmp_path / "spec.yaml").write_text(
        spec.replace("data: {source: {npz: {path: data.npz, target: y}}}\n", "")
    )
    x = np.abs(np.random.default_rng(0).normal(size=(24, 3))).astype("float32")
    x[5] = -1.0
    model = kc.load(tmp_path / "spec.yaml")
    found = model.fit(x, x[:, :1], verbose=False)
    assert np.isfinite(found.history["loss"]).all()
    assert all(np.isfinite(w).all() for layer in model.weights.values() for w in layer.values())
