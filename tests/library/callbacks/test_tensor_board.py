from __future__ import annotations

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

from kc.core.events import EpochEnd, TrainBegin
from kc.library.callback import CallbackError
from kc.library.callbacks.tensor_board import TensorBoard
from tests.library.callbacks.drive import RATE, Run, drive

LOGS = [{"loss": 1 / n, "val_loss": 2.0 / n} for n in range(1, 5)]


@pytest.fixture(autouse=True)
def weights(monkeypatch):
    params = {"dense": {"kernel": np.arange(6.0).reshape(2, 3), "bias": np.zeros(3)}}
    monkeypatch.setattr(Run, "weights", lambda run: {"params": params})


def events(folder):
    """What TensorBoard's own reader finds in the files of a folder."""
    (file,) = folder.glob("*tfevents*")
    return list(LegacyEventFileLoader(str(file)).Load())


def curves(folder):
    """Values by tag, as (step, value)."""
    found = {}
    for event in events(folder):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


@pytest.mark.parametrize("cut", [None, 2])
def test_curves_have_the_names_and_folders_of_keras(tmp_path, cut):
    drive(TensorBoard(), LOGS, cut, folder=tmp_path)
    train = curves(tmp_path / "logs/train")
    assert set(train) == {"epoch_loss", "epoch_learning_rate"}
    assert train["epoch_loss"] == [(n, pytest.approx(1 / n)) for n in range(1, 5)]
    assert train["epoch_learning_rate"][0] == (1, RATE)
    assert set(curves(tmp_path / "logs/validation")) == {"epoch_loss"}


def test_a_resumed_run_shows_no_epoch_twice(tmp_path):
    callback = TensorBoard("board")
    first, second = callback.watch(), callback.watch()
    run = Run(epochs=4, folder=tmp_path)
    shown = drive_from(first, run, LOGS[:2], 1)
    drive_from(first, run, LOGS[2:3], 3)  # a crash loses this epoch
    second.restore(shown)
    drive_from(second, run, LOGS[2:], 3)
    assert [step for step, _ in curves(tmp_path / "board/train")["epoch_loss"]] == [1, 2, 3, 4]


def drive_from(watcher, run, logs, first):
    watcher.on(TrainBegin(first, 4, 1, 8, first - 1), run)
    for number, epoch in enumerate(logs, first):
        watcher.on(EpochEnd(number, number, epoch, 1.0, 8.0), run)
    return watcher.state()


def test_histograms_hold_every_value_of_a_weight(tmp_path):
    drive(TensorBoard(histogram_freq=2), LOGS, folder=tmp_path)
    found = [
        (event.step, value.tag, value.histo.num, sum(value.histo.bucket))
        for event in events(tmp_path / "logs/train")
        for value in event.summary.value
        if value.HasField("histo")
    ]
    assert found == [
        (step, f"dense/{name}/histogram", size, size)
        for step in (2, 4)
        for name, size in (("kernel", 6), ("bias", 3))
    ]


def test_without_the_extra_a_run_does_not_begin(monkeypatch):
    monkeypatch.setattr("kc.library.callbacks.tensor_board.find_spec", lambda name: None)
    with pytest.raises(CallbackError) as error:
        TensorBoard().require()
    assert error.value.code.id == "KC410"
    assert "kc-compiler[tensorboard]" in error.value.help
