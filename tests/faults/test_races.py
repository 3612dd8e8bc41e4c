"""Two processes on one run: exactly one works on it."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time

import pytest

from kc.core.diagnostic import CompileError
from kc.runtime.run_folder import RunFolder
from tests.runtime.jobs import MLP, begin, finish, write_data


def race(folder, barrier, results, rounds: int) -> None:
    for _ in range(rounds):
        barrier.wait(60)
        try:
            run = RunFolder.open(folder)
        except CompileError as error:
            run = None
            (found,) = error.report.diagnostics
            assert found.code.id == "KC507"
        results.put(run is not None)
        barrier.wait(60)  # nobody gives it back before both have tried
        if run is not None:
            run.close()


def owners(folder, rounds: int) -> list[int]:
    """How many processes had the run, for each round."""
    run = RunFolder.create(folder)
    run.write_json("lock.json", {})
    run.close()
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    arguments = (folder, barrier, results, rounds)
    processes = [context.Process(target=race, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=60) + results.get(timeout=60) for _ in range(rounds)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return found


def test_one_of_two_processes_has_the_run(tmp_path):
    assert owners(tmp_path / "run", 10) == [1] * 10


@pytest.mark.slow
def test_one_of_two_processes_has_the_run_in_many_rounds(tmp_path):
    assert owners(tmp_path / "run", 500) == [1] * 500


def test_the_second_command_names_the_first_and_a_dead_one_holds_nothing(tmp_path):
    write_data(tmp_path)
    finish(begin(MLP, tmp_path))
    command = [sys.executable, "-m", "kc", "train", "run", "--resume"]
    more = ["--set", "training.epochs=100000", "-q"]
    first = subprocess.Popen([*command, *more], cwd=tmp_path)
    # The lock names its holder.
    while str(first.pid) not in (tmp_path / "run/.lock").read_text():
        assert first.poll() is None
        time.sleep(0.05)
    second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert f"KC507]: process {first.pid} on" in second.stderr
    first.send_signal(signal.SIGKILL)
    first.wait()
    RunFolder.open(tmp_path / "run").close()
