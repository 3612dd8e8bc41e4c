"""Disks that are full, read-only, or without power; real ones, mounted for the test."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack

import pytest

from kc.core.diagnostic import CompileError, Report
from kc.core.events import EpochEnd, Notice
from kc.runtime.checkpoint import durable
from kc.runtime.checkpoint.store import Store
from kc.runtime.history import History
from tests.faults import saves
from tests.faults.places import power, read_only, small_disk
from tests.runtime.jobs import MLP, begin, finish, make_plan, model_bytes, write_data

EVENTS_OF_TWO_EPOCHS = 10


@pytest.fixture
def folder(tmp_path):
    write_data(tmp_path)
    return tmp_path


def fill(place) -> None:
    """Leave no room."""
    with (place / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def train(job, at_epoch) -> list[str]:
    """Codes of the notices of a run in which things happen after epochs."""
    codes = []
    for event in job.events():
        if isinstance(event, EpochEnd):
            job.saver.close()  # what happens meets a disk at rest
            at_epoch.get(event.epoch, lambda: None)()
        if isinstance(event, Notice):
            codes.append(event.diagnostic.code.id)
    job.run.close()
    return codes


def begin_on(folder, disk):
    """A run whose folder is on a disk, and whose data are not."""
    from kc.runtime import job

    return job.begin(make_plan(MLP), folder, disk / "run", Report())


def go_on(folder, disk):
    from kc.runtime import job

    return job.resume(disk / "run", lambda form: make_plan(MLP, (), form), folder, Report())


def test_a_disk_that_is_full_for_a_while_costs_only_the_saves_of_that_time(folder):
    finish(begin(MLP, folder, "whole"))
    with small_disk(folder / "disk", "4m") as disk:
        job = begin_on(folder, disk)
        codes = train(job, {1: lambda: fill(disk), 3: (disk / "filler").unlink})
        assert set(codes) == {"KC505"}
        assert job.unsaved is None
        assert model_bytes(disk / "run") == model_bytes(folder / "whole")


def test_a_disk_that_stays_full_keeps_what_was_saved(folder):
    finish(begin(MLP, folder, "whole"))
    with small_disk(folder / "disk", "4m") as disk:
        job = begin_on(folder, disk)
        train(job, {1: lambda: fill(disk)})
        assert job.unsaved is not None
        assert "model.h5" in job.unsaved.message
        (disk / "filler").unlink()
        finish(go_on(folder, disk))
        assert model_bytes(disk / "run") == model_bytes(folder / "whole")


def test_a_disk_without_room_for_a_run_is_told_before_the_first_step(folder):
    with small_disk(folder / "disk", "64k") as disk:
        job = begin_on(folder, disk)
        fill(disk)
        with pytest.raises(CompileError, match="KC515"):
            next(job.events())
        job.run.close()


def test_a_read_only_folder_is_told_before_the_first_step(folder):
    (folder / "runs").mkdir()
    with read_only(folder / "runs"), pytest.raises(CompileError, match="KC515"):
        begin_on(folder, folder / "runs")
    job = begin_on(folder, folder / "runs")
    next(job.events())
    job.run.close()
    with read_only(folder / "runs"), pytest.raises(CompileError, match="KC515"):
        go_on(folder, folder / "runs")


def test_a_folder_that_is_read_only_for_a_while_ends_no_run(folder):
    finish(begin(MLP, folder, "whole"))
    job = begin(MLP, folder)
    with ExitStack() as stack:
        frozen = read_only(folder / "run/checkpoints")
        codes = train(job, {2: lambda: stack.enter_context(frozen), 3: stack.close})
    assert set(codes) == {"KC505"}
    assert model_bytes(folder / "run") == model_bytes(folder / "whole")


def save_until_the_power_fails(disk, chance) -> int:
    """Save and save, with a history that grows; the last step that was acknowledged."""
    store, history = Store(disk.place / "checkpoints"), History(disk.place / "metrics.jsonl")
    done = [0]

    def work() -> None:
        try:
            for step in range(1, 100_000):
                history.add({"step": step})
                length = history.write()
                history.sync()
                meta = {"step": step, "metrics_bytes": length}
                store.save(saves.tree(step), meta, step, None)
                done.append(step)
                store.prune(saves.KEPT, rises=False)
        except OSError:
            return

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(chance.uniform(0.01, 0.15))
    # Read before the cut: a sync that it meets may come back as done, though nothing was written.
    # Where the power is gone for real, nobody is there to be told.
    acknowledged = done[-1]
    disk.cut()
    thread.join(60)
    disk.restart()
    return acknowledged


def lost(disk, done: int) -> str | None:
    """What a power cut cost: nothing, if the newest checkpoint is whole and as new as was told."""
    from kc.runtime.checkpoint import format

    report = Report()
    newest = Store(disk.place / "checkpoints").newest(report)
    if report.diagnostics:
        return f"after {done}: {[found.message for found in report.diagnostics]}"
    if newest is None:
        return f"{done} was acknowledged, there is none" if done else None
    meta = format.read_meta(newest)
    if meta["step"] < done:
        return f"{done} was acknowledged, {meta['step']} is the newest"
    if newest.read_bytes() != saves.content(saves.tree(meta["step"]), meta):
        return f"{newest.name} has other bytes"
    length = (disk.place / "metrics.jsonl").stat().st_size
    return None if length >= meta["metrics_bytes"] else f"the history has {length} bytes: {meta}"


def cut_power(folder, cuts: int, seed: int) -> list[str]:
    chance, found = random.Random(seed), []
    for number in range(cuts):
        place = folder / f"cut-{number}"
        place.mkdir()
        with power(place) as disk:
            done = save_until_the_power_fails(disk, chance)
            found.append(lost(disk, done))
    return [reason for reason in found if reason is not None]


def test_a_power_cut_loses_nothing_acknowledged(tmp_path):
    assert not cut_power(tmp_path, cuts=3, seed=1)


@pytest.mark.slow
def test_many_power_cuts_lose_nothing_acknowledged(tmp_path):
    assert not cut_power(tmp_path, cuts=50, seed=2)


def test_without_syncing_a_power_cut_does_lose_something(tmp_path, monkeypatch):
    """The way of cutting finds what it is to find."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)
    assert cut_power(tmp_path, cuts=3, seed=3)


def test_a_power_cut_during_training_is_resumed_exactly(folder):
    finish(begin(MLP, folder, "whole"))
    with power(folder) as disk:
        job = begin_on(folder, disk.place)
        events = job.events()
        for _ in range(EVENTS_OF_TWO_EPOCHS):
            next(events)
        disk.cut()
        for event in events:  # goes on without a disk, and says so
            if isinstance(event, Notice):
                assert event.diagnostic.code.id == "KC505"
        job.run.close()
        assert job.unsaved is not None
        disk.restart()
        finish(go_on(folder, disk.place))
        assert model_bytes(disk.place / "run") == model_bytes(folder / "whole")
