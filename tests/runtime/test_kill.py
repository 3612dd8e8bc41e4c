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


def wait_for_first_save(process, run_folder) -> None:
    while not (run_folder / "checkpoints/index.jsonl").exists():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)


def kill_and_resume(folder, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    name = f"cut-{seed}"
    cut = folder / name
    process = kc(folder, "train", "spec.yaml", *OVERRIDES, "--run-dir", name)
    wait_for_first_save(process, cut)
    for _ in range(kills):
        time.sleep(chance.uniform(0, 1.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert list((cut / "checkpoints").glob("step-*.h5"))
        process = kc(folder, "train", name, "--resume")
        time.sleep(chance.uniform(0.5, 3.0))
    process.communicate(timeout=120)
    if not (cut / "model.h5").exists():
        run(folder, "train", name, "--resume")
    assert model_bytes(cut) == model_bytes(folder / "whole")


def test_a_run_killed_at_random_moments_ends_byte_identical(folder):
    kill_and_resume(folder, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_many_kills_end_byte_identical(folder, seed):
    kill_and_resume(folder, kills=10, seed=seed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_a_checkpoint_and_the_run_goes_on_exactly(folder, number):
    name = f"stopped-{number}"
    process = kc(folder, "train", "spec.yaml", *OVERRIDES, "--run-dir", name)
    wait_for_first_save(process, folder / name)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert f"interrupted; a checkpoint is saved: kc train {name} --resume" in output
    run(folder, "train", name, "--resume")
    assert model_bytes(folder / name) == model_bytes(folder / "whole")
