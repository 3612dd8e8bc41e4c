"""Callbacks in real runs: where their files lie, what they say, what stays."""

from __future__ import annotations

import json

import pytest

from kc.cli.main import run as main
from kc.cli.render import ExitCode
from kc.core.diagnostic import CompileError
from kc.core.events import Notice
from kc.library import plugins
from tests.runtime.jobs import MLP, begin, finish, model_bytes, resume, write_data

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


PLUGIN = '''
from pathlib import Path

from kc.core.events import EpochEnd
from kc.library.callback import Callback, StatefulWatcher


class Total(Callback, kind="total"):
    """Writes the sum of a log over all epochs."""

    monitor: str

    def watch(self):
        return TotalWatcher(self)


class TotalWatcher(StatefulWatcher):
    kept = ("sum", "seen")

    def __init__(self, config):
        self.config, self.sum, self.seen = config, 0.0, []

    def on(self, event, control):
        if isinstance(event, EpochEnd):
            if event.epoch == 3 and Path("fail").exists():
                raise RuntimeError("out of luck")
            self.sum += event.logs[self.config.monitor]
            self.seen.append(event.epoch)
            (control.folder / "total.csv").write_text(f"{self.seen} {self.sum}")
'''


@pytest.fixture
def _no_plugins():
    yield
    plugins.deactivate()


@pytest.mark.usefixtures("_no_plugins")
def test_a_callback_of_a_plugin_fails_by_name_and_goes_on_from_its_state(
    folder, monkeypatch, capsys
):
    monkeypatch.chdir(folder)
    (folder / "total.py").write_text(PLUGIN)
    spec = SPEC.replace("kc: 1", "kc: 1\nplugins: [total.py]")
    (folder / "spec.yaml").write_text(f"{spec}  callbacks: [{{total: loss}}]\n")
    train = ["train", "spec.yaml", "--quiet", "--run-dir"]
    assert main([*train, "whole"]) == ExitCode.CLEAN
    (folder / "fail").touch()
    capsys.readouterr()
    assert main([*train, "cut"]) == ExitCode.RUN_FAILED
    shown = capsys.readouterr().err
    assert "the callback total failed: RuntimeError: out of luck" in shown
    assert "callbacks: [{total: loss}]" in shown
    (folder / "fail").unlink()
    assert main(["train", "cut", "--resume", "--quiet"]) == ExitCode.CLEAN
    assert (folder / "cut/total.csv").read_text().startswith("[1, 2, 3, 4] ")
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")


def test_lines_of_steps_go_on_after_a_crash(folder):
    spec = (
        f"{SPEC}  callbacks: [{{json_lines: {{every_steps: 3}}}}, checkpoint: {{every_steps: 2}}]\n"
    )
    finish(begin(spec, folder, "whole"))
    job = begin(spec, folder, "cut")
    for number, _ in enumerate(job.events()):
        if number == 9:
            break
    job.run.close()
    finish(resume(spec, folder, "cut")[0])
    assert logged(folder / "cut") == logged(folder / "whole")


def logged(path):
    lines = [json.loads(line) for line in (path / "log.jsonl").read_text().splitlines()]
    clock = ("time", "seconds", "examples_per_second")
    return [{name: line[name] for name in line if name not in clock} for line in lines]
