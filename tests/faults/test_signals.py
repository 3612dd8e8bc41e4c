"""SIGINT and SIGTERM end a run with a checkpoint, wherever it is; nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.stopped import PLACES
from tests.runtime.jobs import MLP, begin, finish, model_bytes, resume, write_data

OVERRIDES = ["training.epochs=8"]
SECONDS = 5
"""How long a run may take to end; one of the seconds is what the test makes it wait."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A spec, its data, and a run that was never stopped."""
    place = tmp_path_factory.mktemp("signals")
    write_data(place)
    (place / "spec.yaml").write_text(MLP)
    finish(begin(MLP, place, "whole", OVERRIDES))
    return place


def stop(folder, place: str, name: str, signals, pause: float = 0) -> tuple[int, str, float]:
    """Send signals to a run at a place: its exit code, what it said, and how long it took."""
    command = [sys.executable, "-m", "tests.faults.stopped", place, "train", "spec.yaml"]
    process = subprocess.Popen(
        [*command, "--set", *OVERRIDES, "--run-dir", name, "-q"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "there\n", process.communicate()
    began = time.monotonic()
    for number in signals:
        process.send_signal(number)
        time.sleep(pause)
    _, said = process.communicate(timeout=60)
    return process.returncode, said, time.monotonic() - began


def check_exact(folder, name: str) -> None:
    finish(resume(MLP, folder, name, OVERRIDES)[0])
    assert model_bytes(folder / name) == model_bytes(folder / "whole")


SAMPLE = {
    ("compiling", signal.SIGINT), ("training", signal.SIGTERM), ("saving", signal.SIGTERM),
}  # fmt: skip
CASES = [
    pytest.param(place, number, marks=[] if (place, number) in SAMPLE else pytest.mark.slow)
    for place in PLACES
    for number in (signal.SIGINT, signal.SIGTERM)
]


@pytest.mark.parametrize(("place", "number"), CASES)
def test_a_signal_saves_a_checkpoint_and_the_run_goes_on_exactly(folder, place, number):
    name = f"{place}-{number}"
    code, said, seconds = stop(folder, place, name, [number])
    assert code == 130, said
    assert f"interrupted; a checkpoint is saved: kc train {name} --resume" in said
    assert seconds < SECONDS
    check_exact(folder, name)


@pytest.mark.parametrize("place", [pytest.param("training", marks=pytest.mark.slow), "saving"])
def test_two_signals_within_ten_milliseconds_lose_nothing(folder, place):
    name = f"twice-{place}"
    code, _, seconds = stop(folder, place, name, [signal.SIGTERM] * 2, pause=0.005)
    assert code == 130
    assert seconds < SECONDS
    check_exact(folder, name)
