"""Studies, with a formula in place of training."""

import json
import subprocess
import sys
import time

import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import load_study

from kc.core.registry import entries
from kc.library.sampler import Sampler
from kc.sweep.journal import Journal
from kc.sweep.study import best
from tests.sweep.formula import Formula, a_sweep, searched, study_in

SAMPLERS = [
    pytest.param(kind, marks=pytest.mark.skipif(bool(cls().missing), reason="a package is missing"))
    for kind, cls in sorted(entries("sampler").items())
    if issubclass(cls, Sampler)
]
SPACE = {
    "x": {"uniform": [0, 10], "step": 0.5},
    "y": {"choice": {"a": {"z": {"choice": [1, 2]}}, "b": {}}},
}


def points_of(study):
    return [trial.point for trial in study.trials()]


@pytest.mark.parametrize("kind", SAMPLERS)
def test_each_sampler_fills_its_trials(kind, tmp_path):
    study = searched(tmp_path / "a", a_sweep(SPACE, sampler=kind, trials=14))
    trials = study.trials()
    assert [own.state for own in trials] == ["finished"] * 14
    assert [own.number for own in trials] == list(range(14))
    assert all(0 <= own.point["x"] <= 10 for own in trials)
    assert all(("y.a.z" in own.point) == (own.point["y"] == "a") for own in trials)


@pytest.mark.parametrize("kind", ["tpe", "random"])
def test_a_sweep_that_goes_on_is_the_sweep_that_never_stopped(kind, tmp_path):
    whole = searched(tmp_path / "a", a_sweep(SPACE, sampler=kind, trials=16))
    searched(tmp_path / "b", a_sweep(SPACE, sampler=kind, trials=9))
    parts = searched(tmp_path / "b", a_sweep(SPACE, sampler=kind, trials=16))
    assert points_of(whole) == points_of(parts)


def test_another_seed_gives_other_values(tmp_path):
    found = [
        points_of(searched(tmp_path / f"{n}", a_sweep(sampler="random", trials=3, seed=n)))
        for n in (0, 1)
    ]
    assert found[0] != found[1]


def test_tpe_finds_the_minimum_better_than_chance(tmp_path):
    found: list[float] = []
    for kind in ("tpe", "random"):
        trials = searched(tmp_path / kind, a_sweep(sampler=kind, trials=30)).trials()
        found.append(min(own.values[0] for own in trials))
    assert found[0] < 0.01
    assert found[0] <= found[1]


def test_a_grid_is_tried_as_a_whole(tmp_path):
    study = searched(tmp_path / "a", a_sweep({"x": [1, 2, 3], "y": [4, 5]}, sampler="grid"))
    assert [tuple(point.values()) for point in points_of(study)] == [
        (1, 4), (1, 5), (2, 4), (2, 5), (3, 4), (3, 5),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["random", "sobol", "tpe", "grid"])
def test_every_trial_meets_the_constraints(kind, tmp_path):
    space = {"x": {"int": [0, 9]}, "y": {"int": [0, 9]}}
    sweep = a_sweep(space, sampler=kind, trials=12, constraints=["$x + $y < 5"])
    trials = searched(tmp_path / "a", sweep).trials()
    assert len(trials) == 12
    assert all(own.point["x"] + own.point["y"] < 5 for own in trials)


@pytest.mark.parametrize(
    "pruner",
    [{"median": {"startup_trials": 2}}, "successive_halving", "hyperband"],
    ids=lambda own: own if isinstance(own, str) else next(iter(own)),
)
def test_each_pruner_ends_bad_trials_and_no_good_one(pruner, tmp_path):
    sweep = a_sweep({"x": [3, 4, 9, 10, 8, 9, 10, 9]}, pruner=pruner, sampler="random", trials=16)
    trials = searched(tmp_path / "a", sweep).trials()
    pruned = [own for own in trials if own.state == "pruned"]
    assert pruned
    assert best(trials, sweep.objective)[0].values[0] <= 1
    assert all(own.outcome.epochs < 4 for own in pruned)


def test_trials_that_fail_are_kept_with_their_reason(tmp_path):
    study = searched(tmp_path / "a", a_sweep({"x": [-1, 3]}, sampler="grid"))
    failed, finished = study.trials()
    assert (failed.state, failed.outcome.why) == ("failed", "x is negative")
    assert finished.values == (0.0,)


def test_fail_fast_ends_the_sweep(tmp_path):
    study = searched(tmp_path / "a", a_sweep({"x": [-1, 3, 4]}, sampler="grid", fail_fast=True))
    assert [own.state for own in study.trials()] == ["failed"]


def test_a_timeout_begins_no_further_trial(tmp_path):
    study = searched(tmp_path / "a", a_sweep(trials=50, timeout=0.3), Formula(0.2))
    assert 1 <= len(study.trials()) <= 3


def test_several_objectives_have_a_front(tmp_path):
    sweep = a_sweep({"x": [1, 2, 3, 4]}, sampler="grid", objective=["val_loss", "parameters"])

    class Both(Formula):
        def outcome(self, candidate, watch):
            found = super().outcome(candidate, watch)
            runs = [{**found.runs[0], "parameters": float(candidate.point["x"])}]
            return type(found)("finished", runs)

    study = searched(tmp_path / "a", sweep, Both())
    assert [own.point["x"] for own in best(study.trials(), sweep.objective)] == [3, 2, 1]


def test_an_objective_that_is_no_number_fails_the_trial(tmp_path):
    class NotANumber(Formula):
        def outcome(self, candidate, watch):
            found = super().outcome(candidate, watch)
            return type(found)("finished", [{"val_loss": float("nan")}])

    (trial,) = searched(tmp_path / "a", a_sweep(trials=1), NotANumber()).trials()
    assert (trial.state, trial.outcome.why) == ("failed", "`val_loss` is nan")


# Several processes, and processes that are killed


def process(path, trials, pause):
    arguments = [sys.executable, "-m", "tests.sweep.formula", str(path), str(trials), str(pause)]
    return subprocess.Popen(arguments)


def check_whole(path, trials):
    """All trials have ended once, with the values that they would have had."""
    study = study_in(path, a_sweep(sampler="random", trials=trials))
    found = study.trials()
    assert [own.state for own in found] == ["finished"] * trials
    undisturbed = searched(path.with_name("undisturbed"), a_sweep(sampler="random", trials=trials))
    assert [(own.point, own.values) for own in found] == [
        (own.point, own.values) for own in undisturbed.trials()
    ]
    return study


def test_two_processes_run_each_trial_once(tmp_path):
    study_in(tmp_path / "a", a_sweep(sampler="random", trials=20)).close()
    workers = [process(tmp_path / "a", 20, 0.05) for _ in range(2)]
    assert [own.wait(60) for own in workers] == [0, 0]
    check_whole(tmp_path / "a", 20)
    for number in range(20):
        ran = (tmp_path / "a" / "trials" / f"{number:03}" / "ran").read_text()
        assert len(ran.splitlines()) == 1


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_sweep_survives_kills(kills, tmp_path):
    trials = 4 * kills
    study_in(tmp_path / "a", a_sweep(sampler="random", trials=trials)).close()
    journal = tmp_path / "a" / "journal.jsonl"
    for kill in range(kills):
        worker = process(tmp_path / "a", trials, 0.1)
        before = journal.stat().st_size
        deadline = time.monotonic() + 30
        while journal.stat().st_size == before and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.017 * (kill % 23))
        worker.kill()
        worker.wait()
    assert process(tmp_path / "a", trials, 0.0).wait(120) == 0
    check_whole(tmp_path / "a", trials)


def test_a_line_that_was_never_ended_counts_for_nobody(tmp_path):
    study = searched(tmp_path / "a", a_sweep(trials=2))
    with (tmp_path / "a" / "journal.jsonl").open("ab") as file:
        file.write(b'{"op_code": 4, "worker')
    assert len(study_in(tmp_path / "a", study.sweep).trials()) == 2
    more = searched(tmp_path / "a", a_sweep(trials=4))
    assert [own.state for own in more.trials()] == ["finished"] * 4


def test_optuna_reads_the_journal_of_a_sweep(tmp_path):
    searched(tmp_path / "a", a_sweep(trials=3))
    backend = JournalFileBackend(str(tmp_path / "a" / "journal.jsonl"))
    study = load_study(study_name="sweep", storage=JournalStorage(backend))
    assert len(study.trials) == 3


def test_a_journal_gives_lines_from_any_number(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append_logs([{"n": n} for n in range(5)])
    assert [log["n"] for log in journal.read_logs(0)] == [0, 1, 2, 3, 4]
    assert journal.read_logs(5) == []
    journal.append_logs([{"n": 5}])
    assert [log["n"] for log in journal.read_logs(5)] == [5]
    assert [log["n"] for log in journal.read_logs(3)] == [3, 4, 5]
    assert all(json.loads(line) for line in journal.path.read_text().splitlines())
