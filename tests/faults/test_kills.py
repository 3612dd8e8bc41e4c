"""SIGKILL at random moments loses nothing: the resumed run ends with the same bytes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from tests.runtime.jobs import MLP, model_bytes, write_data

# Slow enough to be hit in the middle of an epoch, of a save, and of start-up.
OVERRIDES = ["--set", "training.epochs=60", "--set", "training.batch_size=4"]


def kc(folder, *arguments, **options):
    command = [sys.executable, "-m", "kc", *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )


def run(folder, *arguments) -> str:
    process = kc(folder, *arguments)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A spec, its data, and a run that was never stopped."""
    place = tmp_path_factory.mktemp("kill")
    write_data(place)
    (place / "spec.yaml").write_text(MLP)
    run(place, "train", "spec.yaml", *OVERRIDES, "--run-dir", "whole")
    return place


def wait_for_save(process, run_folder) -> None:
    """Wait until a process saves, or is done."""
    index = run_folder / "checkpoints/index.jsonl"
    before = index.stat().st_size if index.exists() else 0
    while process.poll() is None and not (index.exists() and index.stat().st_size > before):
        time.sleep(0.005)


def kill_and_resume(folder, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    name = f"cut-{seed}"
    cut = folder / name
    process = kc(folder, "train", "spec.yaml", *OVERRIDES, "--run-dir", name)
    wait_for_save(process, cut)
    for kill in range(kills):
        time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert list((cut / "checkpoints").glob("step-*.h5"))
        process = kc(folder, "train", name, "--resume")
        if kill % 3 == 2:
            time.sleep(chance.uniform(0.3, 2.0))  # while it starts
        else:
            wait_for_save(process, cut)
    process.communicate(timeout=120)
    if not (cut / "model.h5").exists():
        run(folder, "train", name, "--resume")
    assert model_bytes(cut) == model_bytes(folder / "whole")


def test_a_run_killed_at_random_moments_ends_byte_identical(folder):
    kill_and_resume(folder, kills=10, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_kills_end_byte_identical(folder, seed):
    kill_and_resume(folder, kills=10, seed=seed)
