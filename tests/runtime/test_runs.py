"""What is read of runs that lie in their folders."""

from __future__ import annotations

import fcntl
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kc.core import codes
from kc.core.diagnostic import CompileError, failure
from kc.runtime import sessions
from kc.runtime.runs import find_runs, read_run

BEGAN = datetime(2026, 1, 31, 9, 45, tzinfo=UTC)


class Clock:
    """A minute passes between looks."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return BEGAN + timedelta(minutes=self.looks - 1)


def make_run(path: Path, epochs: int = 2, finished: bool = True) -> Path:
    path.mkdir(parents=True)
    lock = {"name": path.name, "seed": 7, "spec": "ab" * 32, "folder": ".."}
    (path / "lock.json").write_text(json.dumps(lock))
    lines = [{"epoch": n, "step": 3 * n, "loss": 1 / n} for n in range(1, epochs + 1)]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if finished:
        (path / "results.json").write_text(json.dumps({"epochs": epochs, "test": {"loss": 0.4}}))
    return path


def test_a_finished_run(tmp_path):
    path = make_run(tmp_path / "a")
    with sessions.recorded(path, Clock()):
        pass
    run = read_run(path)
    assert (run.state, run.name, run.epochs, run.began, run.seconds) == (
        "finished", "a", 2, BEGAN, 60
    )  # fmt: skip
    assert run.last == {"loss": 0.5}
    assert run.test == {"loss": 0.4}


def test_a_failed_run_says_why(tmp_path):
    path = make_run(tmp_path / "a", finished=False)
    with pytest.raises(CompileError), sessions.recorded(path, Clock()):
        raise failure(codes.NO_DATA, "the loss of step 3 is not finite")
    run = read_run(path)
    assert (run.state, run.why) == ("failed", "the loss of step 3 is not finite")


@pytest.mark.parametrize("how", ["asked", "at once"])
def test_an_interrupted_run(tmp_path, how):
    path = make_run(tmp_path / "a", finished=False)
    if how == "asked":
        with sessions.recorded(path, Clock()) as session:
            session.how = "interrupted"
    else:
        with pytest.raises(KeyboardInterrupt), sessions.recorded(path, Clock()):
            raise KeyboardInterrupt
    assert read_run(path).state == "interrupted"


def test_a_killed_run_worked_until_it_last_wrote(tmp_path):
    path = make_run(tmp_path / "a", finished=False)
    sessions.Session(path, lambda: datetime.now(UTC) - timedelta(seconds=100)).begin()
    run = read_run(path)
    assert run.state == "interrupted"
    assert run.seconds == pytest.approx(100, abs=5)


def test_a_run_that_a_process_works_on(tmp_path):
    path = make_run(tmp_path / "a")
    sessions.Session(path, Clock()).begin()
    with (path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert read_run(path).state == "running"
    assert read_run(path).state == "interrupted"


def test_the_times_of_all_processes_add_up(tmp_path):
    path, clock = make_run(tmp_path / "a"), Clock()
    with sessions.recorded(path, clock) as session:
        session.how = "interrupted"
    with sessions.recorded(path, clock):
        pass
    run = read_run(path)
    assert (run.state, run.began, run.seconds) == ("finished", BEGAN, 120)


@pytest.mark.parametrize(
    ("file", "content"),
    [("lock.json", "{"), ("lock.json", "[1]"), ("results.json", ""), ("lock.json", "\xff")],
)
def test_a_damaged_run_is_broken_and_says_where(tmp_path, file, content):
    path = make_run(tmp_path / "a")
    (path / file).write_bytes(content.encode("latin1"))
    run = read_run(path)
    assert run.state == "broken"
    assert file in run.why
    assert run.epochs == 2


def test_torn_lines_do_not_count(tmp_path):
    path = make_run(tmp_path / "a")
    with (path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 3, "lo')
    (path / "sessions.jsonl").write_text('{"began": "2026-01-31T09:45:00+00:00"}\n{"ended": "20')
    run = read_run(path)
    assert (run.epochs, run.began) == (2, BEGAN)


def test_runs_are_found_in_folders_of_folders_and_the_oldest_comes_first(tmp_path):
    for number, name in enumerate(["c", "study/b", "study/deep/a"]):
        path = make_run(tmp_path / name)
        (path / "checkpoints").mkdir()
        at = BEGAN + timedelta(hours=number)
        with sessions.recorded(path, lambda at=at: at):
            pass
    (tmp_path / "no run").mkdir()
    assert [run.name for run in find_runs(tmp_path)] == ["c", "b", "a"]


def test_hundreds_of_runs_are_read_fast(tmp_path):
    for number in range(300):
        make_run(tmp_path / f"run-{number}", epochs=50)
    began = time.perf_counter()
    assert len(find_runs(tmp_path)) == 300
    assert time.perf_counter() - began < 3  # 0.2 s on a quiet machine
