"""Each system call of a save is killed or refused; what was acknowledged stays."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import sys
from functools import cache

import pytest

from kc.core.diagnostic import Report
from kc.runtime.checkpoint import durable
from kc.runtime.checkpoint.store import Store
from tests.faults import saves

CALLS = ("write", "pwrite64", "fsync", "rename", "unlink")
SAMPLE = [("pwrite64", 20), ("fsync", 2), ("fsync", 6), ("rename", 3), ("unlink", 3)]
"""Of the second and third save: before a name is changed, between both names, while removing."""
ROOM = 64
"""More than there are calls of one kind."""

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def trace(folder, *options) -> subprocess.CompletedProcess:
    program = [sys.executable, "-B", "-m", "tests.faults.saves", str(folder)]
    command = ["strace", "-f", "-qq", "-o", str(folder / "trace"), *options, *program]
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


@cache
def can_trace() -> bool:
    return (
        subprocess.run(["strace", "-qq", "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.fixture
def folder(tmp_path):
    if not can_trace():
        pytest.skip("strace may not trace here")
    return tmp_path


def check(folder) -> None:
    """The newest checkpoint is that of the last acknowledged save, or of one begun after it."""
    done = saves.acknowledged(folder)
    store, report = Store(folder / "checkpoints"), Report()
    durable.remove_leftovers(store.folder, "step-*.h5")
    newest = store.newest(report)
    assert not report.diagnostics
    assert newest is not None or not done
    if newest is not None:
        steps = [step for step in saves.STEPS if saves.holds(newest, step)]
        assert steps
        assert steps[0] >= max(done, default=0)
    for record in store.records():
        assert saves.holds(store.folder / record.file, record.step)
    assert not list(store.folder.glob(".*"))


def kill(folder, call: str, number: int) -> bool:
    """Kill the process in a call; whether there was such a call."""
    done = trace(folder, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}")
    check(folder)
    return done.returncode != 0


def refuse(folder, call: str, number: int, error: str = "EIO") -> bool:
    """Let a call fail; whether there was such a call."""
    done = trace(folder, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}")
    assert done.returncode == 0, done.stderr.decode()
    check(folder)
    return "(INJECTED)" in (folder / "trace").read_text()


@pytest.mark.parametrize(("call", "number"), SAMPLE)
def test_a_kill_in_a_call_of_a_save_loses_nothing(folder, call, number):
    assert kill(folder, call, number)


@pytest.mark.parametrize(("call", "number"), SAMPLE)
def test_an_error_in_a_call_of_a_save_loses_nothing(folder, call, number):
    assert refuse(folder, call, number)


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("disturb", [kill, refuse])
def test_every_call_of_three_saves(tmp_path, folder, call, disturb):
    for number in itertools.count(1):
        place = tmp_path / str(number)
        place.mkdir()
        if not disturb(place, call, number):
            break
        assert number < ROOM


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 9))
def test_a_disk_that_is_full_from_some_write_on(folder, number):
    done = trace(
        folder, "-e", "trace=pwrite64", "-e", f"inject=pwrite64:error=ENOSPC:when={number}+"
    )
    assert done.returncode == 0, done.stderr.decode()
    check(folder)


def test_a_save_makes_the_calls_that_its_decision_names(folder):
    assert trace(folder, "-e", "trace=pwrite64,write,fsync,rename,unlink").returncode == 0
    lines = (folder / "trace").read_text().splitlines()
    calls = [
        found[1]
        for line in lines
        if (found := re.search(r"\b(pwrite64|write|fsync|rename|unlink)\(", line))
    ]
    last = max(number for number, call in enumerate(calls) if call == "rename")
    # File; name; name durable; line of the index, durable; only then an older one goes.
    assert calls[last - 2 : last + 5] == [
        "pwrite64", "fsync", "rename", "fsync", "write", "fsync", "unlink",
    ]  # fmt: skip
