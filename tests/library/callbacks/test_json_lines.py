"""The history as lines of JSON."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest
from pydantic import ValidationError

from kc.core.events import EpochEnd, StepsEnd, TrainBegin
from kc.library.callback import CallbackError
from kc.library.callbacks.json_lines import JSONLines
from tests.library.callbacks.drive import Run, drive

LOGS = [{"loss": 1 / n, "val_loss": math.inf} for n in range(1, 5)]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("cut", [None, 2])
def test_each_epoch_is_a_line_with_its_times(tmp_path, cut):
    drive(JSONLines(), LOGS, cut, folder=tmp_path)
    found = lines(tmp_path / "log.jsonl")
    assert [line["epoch"] for line in found] == [1, 2, 3, 4]
    assert [line["loss"] for line in found] == [log["loss"] for log in LOGS]
    assert found[0]["val_loss"] is None
    assert found[0]["seconds"] == 1.0
    assert datetime.fromisoformat(found[0]["time"]).tzinfo is not None


def test_steps_have_lines_where_they_are_asked_for(tmp_path):
    callback = JSONLines("logs/steps.jsonl", every_steps=2)
    assert callback.step_interval == 2
    watcher, run = callback.watch(), Run(folder=tmp_path)
    watcher.on(TrainBegin(1, 1, 4, 8), run)
    for step in (1, 2, 3, 4):
        watcher.on(StepsEnd(1, step, step), run)
    watcher.on(EpochEnd(1, 4, {"loss": 0.25}, 1.0, 8.0), run)
    found = lines(tmp_path / "logs/steps.jsonl")
    assert [(line["step"], line["loss"]) for line in found] == [(2, 0.5), (4, 0.5), (4, 0.25)]


def test_no_file_is_overwritten(tmp_path):
    (tmp_path / "log.jsonl").write_text("{}\n")
    with pytest.raises(CallbackError):
        drive(JSONLines(), LOGS, folder=tmp_path)
    drive(JSONLines(append=True), LOGS, folder=tmp_path)
    assert len(lines(tmp_path / "log.jsonl")) == 5


@pytest.mark.parametrize(
    "name", ["metrics.jsonl", "log.csv", "../log.jsonl", "checkpoints/a.jsonl"]
)
def test_files_of_the_run_itself_are_left_alone(name):
    with pytest.raises(ValidationError):
        JSONLines(name)
