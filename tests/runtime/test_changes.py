"""A run goes on under another spec where a person allows it and the saved arrays fit."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kc.core.diagnostic import CompileError, Report
from kc.runtime import job
from kc.runtime.changes import Terms
from tests.runtime.jobs import MLP, PLATEAU, begin, finish, make_plan, write_data

STOPPED = 9
"""Events before a stop inside of the second epoch."""
SCHEDULE = "{exponential_decay: {initial_learning_rate: 0.1, decay_steps: 5, decay_rate: 0.5}}"


@pytest.fixture
def folder(tmp_path):
    write_data(tmp_path)
    return tmp_path


def stop(started, events: int = STOPPED) -> None:
    for number, _ in enumerate(started.events()):
        if number == events:
            break
    started.run.close()


def go_on(folder, overrides=(), spec=MLP, **terms):
    report = Report()
    resumed = job.resume(
        folder / "run",
        lambda form: make_plan(spec, overrides, form),
        folder,
        report,
        Terms(**terms),
    )
    return resumed, report


@pytest.mark.parametrize(
    ("override", "begins_again"),
    [
        ("training.optimizer.adam.learning_rate=0.002", False),
        (f"training.optimizer.adam.learning_rate={SCHEDULE}", False),
        ("training.callbacks=[]", False),
        ("training.epochs=2", False),
        ("training.batch_size=8", True),
        ("training.metrics=[]", True),
        ("training.seed=9", True),
        ("model.layers[2].dropout=0.1", True),
    ],
)
def test_what_fits_the_saved_arrays_is_accepted_and_recorded(folder, override, begins_again):
    stop(begin(MLP, folder))
    with pytest.raises(CompileError, match="KC504"):
        go_on(folder, [override])
    resumed, report = go_on(folder, [override], allow_change=True)
    (found,) = report
    assert found.code.id == "KC560"
    assert any("begins again" in note for note in found.notes) is begins_again
    assert (resumed.resumed.position.step == 0) is begins_again
    finish(resumed)
    (record,) = json.loads((folder / "run/lock.json").read_text())["changes"]
    assert record["epoch"] == 2
    assert record["changes"]
    history = (folder / "run/metrics.jsonl").read_text().splitlines()
    epochs = [json.loads(line)["epoch"] for line in history]
    assert epochs == list(range(1, resumed.plan.epochs + 1))


def test_a_changed_learning_rate_is_the_one_that_steps_use(folder):
    stop(begin(MLP, folder))
    override = ["training.optimizer.adam.learning_rate=0.25"]
    resumed, _ = go_on(folder, override, allow_change=True)
    assert float(resumed.resumed.state.optimizer["main"].hyperparams["learning_rate"]) == 0.25
    resumed.run.close()


def test_a_schedule_goes_on_at_the_step_that_the_run_has_reached(folder):
    stop(begin(MLP, folder))
    override = [f"training.optimizer.adam.learning_rate={SCHEDULE}"]
    resumed, _ = go_on(folder, override, allow_change=True)
    memory = resumed.resumed.state.optimizer["main"]
    assert int(memory.hyperparams_states["learning_rate"].count) == int(resumed.resumed.state.step)
    resumed.run.close()


def test_rates_that_callbacks_set_stay_where_no_optimizer_changed(folder):
    stop(begin(PLATEAU, folder), 14)
    before, _ = go_on(folder, spec=PLATEAU)
    before.run.close()
    resumed, _ = go_on(folder, ["training.epochs=3"], spec=PLATEAU, allow_change=True)
    for name, memory in before.resumed.state.optimizer.items():
        found = resumed.resumed.state.optimizer[name].hyperparams["learning_rate"]
        assert float(found) == float(memory.hyperparams["learning_rate"])
    resumed.run.close()


@pytest.mark.parametrize(
    "override",
    ["model.layers[1].dense.units=9", "training.optimizer=sgd", "model.layers[0]=relu"],
)
def test_what_does_not_fit_the_saved_arrays_is_refused_with_another_way(folder, override):
    stop(begin(MLP, folder))
    with pytest.raises(CompileError) as error:
        go_on(folder, [override], allow_change=True)
    (found,) = error.value.report
    assert found.code.id == "KC504"
    assert "--init-from" in found.help


def test_changed_data_are_accepted_and_the_epoch_begins_again(folder):
    stop(begin(MLP, folder))
    write_data(folder, rows=200)
    resumed, report = go_on(folder, allow_change=True)
    assert [found.code.id for found in report] == ["KC560"]
    assert resumed.resumed.position.step == 0
    finish(resumed)


def test_an_accepted_change_need_not_be_accepted_again_before_it_is_saved(folder):
    stop(begin(MLP, folder))
    override = ["training.batch_size=8"]
    stop(go_on(folder, override, allow_change=True)[0], 0)  # killed before the first save
    resumed, report = go_on(folder, override)
    assert [found.code.id for found in report] == ["KC560"]
    finish(resumed)
    assert len(json.loads((folder / "run/lock.json").read_text())["changes"]) == 1
    unchanged, report = go_on(folder, override)
    assert not report.diagnostics
    unchanged.run.close()


def test_a_run_that_stopped_early_goes_on_under_other_callbacks(folder):
    spec = MLP.replace("patience: 10", "patience: 0, min_delta: 9")
    finish(begin(spec, folder))
    resumed, _ = go_on(folder, spec=MLP, allow_change=True)
    assert resumed.resumed.position.stopped is None
    resumed.run.close()


def test_strict_resume_takes_no_older_checkpoint(folder):
    stop(begin(MLP, folder))
    newest = max((folder / "run/checkpoints").glob("*.h5"))
    newest.write_bytes(newest.read_bytes()[:-1])
    with pytest.raises(CompileError) as error:
        go_on(folder, strict=True)
    assert [found.code.id for found in error.value.report] == ["KC503", "KC506"]
    assert "--strict-resume" in str(error.value.report.diagnostics[-1].message)
    resumed, _ = go_on(folder)
    resumed.run.close()


def test_weights_are_those_of_the_checkpoint(folder):
    stop(begin(MLP, folder))
    exact, _ = go_on(folder)
    exact.run.close()
    resumed, _ = go_on(folder, ["training.batch_size=8"], allow_change=True)
    for scope, weights in exact.resumed.state.params.items():
        for name, weight in weights.items():
            np.testing.assert_array_equal(resumed.resumed.state.params[scope][name], weight)
    resumed.run.close()
