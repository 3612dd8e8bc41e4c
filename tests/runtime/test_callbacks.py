"""Callbacks in real runs: where their files lie, what they say, what stays."""

from __future__ import annotations

import json

import pytest

from kc.core.diagnostic import CompileError
from kc.core.events import Notice
from tests.runtime.jobs import MLP, begin, write_data

SPEC, _ = MLP.split("  callbacks:")


@pytest.fixture
def folder(tmp_path):
    write_data(tmp_path)
    return tmp_path


def run(folder, callbacks):
    """The run folder of a whole run, and the codes of its notices."""
    job = begin(f"{SPEC}  callbacks: [{callbacks}]\n", folder)
    notices = [e.diagnostic.code.id for e in job.events() if isinstance(e, Notice)]
    job.run.close()
    return job.run.path, notices


def test_files_of_callbacks_lie_in_the_folder_of_the_run(folder):
    path, notices = run(folder, "{csv_logger: logs/a.csv}, tensor_board")
    assert notices == []
    lines = (path / "logs/a.csv").read_text().splitlines()
    history = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    assert lines[0] == "epoch,accuracy,loss,val_accuracy,val_loss"
    assert [float(line.split(",")[2]) for line in lines[1:]] == [e["loss"] for e in history]
    for part in ("train", "validation"):
        assert (path / "logs" / part / "events.out.tfevents.kc").stat().st_size > 0


def test_a_server_that_is_not_there_ends_no_run(folder):
    path, notices = run(folder, '{remote_monitor: {root: "http://127.0.0.1:9"}}')
    assert notices == ["KC553"]
    assert (path / "model.h5").exists()


def test_a_missing_extra_is_told_before_a_folder_is_made(folder, monkeypatch):
    monkeypatch.setattr("kc.library.callbacks.tensor_board.find_spec", lambda name: None)
    with pytest.raises(CompileError, match="KC410"):
        run(folder, "tensor_board")
    assert not (folder / "run").exists()


@pytest.mark.parametrize("mode", ["min", "max"])
def test_the_best_checkpoint_is_that_of_the_mode(folder, mode):
    path, _ = run(folder, f"{{checkpoint: {{keep: {{last: 1, best: val_loss, mode: {mode}}}}}}}")
    history = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    best = (min if mode == "min" else max)(history, key=lambda epoch: epoch["val_loss"])
    kept = {int(file.stem.removeprefix("step-")) for file in (path / "checkpoints").glob("*.h5")}
    assert kept == {best["step"], history[-1]["step"]}
