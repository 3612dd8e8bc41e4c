"""Options of `kc train` that take something over from another run."""

from __future__ import annotations

import pytest

from kc.cli.main import run
from tests.runtime.jobs import MLP, begin, finish, write_data

WIDER = ["--set", "model.layers[1].dense.units=9"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_data(tmp_path)
    (tmp_path / "spec.yaml").write_text(MLP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_dry_run_shows_what_becomes_of_each_weight_and_makes_no_folder(folder, capsys):
    finish(begin(MLP, folder, "old"))
    assert run(["train", "spec.yaml", *WIDER, "--init-from", "old", "--surgery", "--dry-run"]) == 0
    _, _, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    shown = {weight: action for action, weight, *_ in rows}
    assert shown["dense/kernel"] == "pad"
    assert shown["dense_1/bias"] == "keep"
    assert not (folder / "runs").exists()


def test_a_run_without_a_finished_model_gives_the_weights_of_its_newest_checkpoint(folder, capsys):
    job = begin(MLP, folder, "old")
    for number, _ in enumerate(job.events()):
        if number == 4:
            break
    job.run.close()
    assert run(["train", "spec.yaml", "--init-from", "old", "--run-dir", "new"]) == 0
    output = capsys.readouterr().out
    assert "weights from old/checkpoints/step-" in output
    assert "keep  dense/kernel" in output
    assert "drop" not in output
    assert (folder / "new/model.h5").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--allow-change"], "--allow-change goes with --resume"),
        (["--strict-resume"], "--strict-resume goes with --resume"),
        (["--surgery"], "--surgery goes with --init-from"),
        (["--dry-run"], "--dry-run goes with --init-from"),
        (["--resume", "--init-from", "old"], "--resume has weights already"),
    ],
)
def test_options_that_mean_nothing_alone_are_refused(folder, capsys, options, message):
    assert run(["train", "spec.yaml", *options]) == 2
    assert message in capsys.readouterr().err


def test_a_source_without_weights_is_a_mistake_of_the_command_line(folder, capsys):
    assert run(["train", "spec.yaml", "--init-from", "nowhere.h5"]) == 2
    (folder / "empty").mkdir()
    assert run(["train", "spec.yaml", "--init-from", "empty"]) == 2
    assert "no checkpoint that is whole" in capsys.readouterr().err
