"""Checkpoints are written beside the training, belong to their moment, and tell when they fail."""

from __future__ import annotations

import time
from threading import Event, current_thread, main_thread

import pytest

from kc.core.events import EpochEnd, Notice, StepsEnd
from kc.runtime.checkpoint import durable
from kc.runtime.checkpoint.store import Store
from kc.runtime.checkpoint.writer import Writer
from tests.runtime.jobs import MLP, begin, finish, model_bytes, resume, write_data

SPEC, _ = MLP.split("  callbacks:")
TIMED = "  callbacks: [{checkpoint: {every_minutes: %s, every_epochs: null, keep: {last: 100}}}]\n"


@pytest.fixture
def folder(tmp_path):
    write_data(tmp_path)
    return tmp_path


def steps_saved(run) -> list[int]:
    return [record.step for record in Store(run / "checkpoints").records()]


def test_saving_after_every_dispatch_changes_no_result(folder):
    finish(begin(SPEC, folder, "seldom"))
    finish(begin(SPEC + TIMED % 1e-9, folder, "often"))
    assert len(steps_saved(folder / "often")) > len(steps_saved(folder / "seldom"))
    assert model_bytes(folder / "often") == model_bytes(folder / "seldom")


def test_minutes_are_counted_from_the_save_before_by_a_clock_that_nobody_sets(folder, monkeypatch):
    job = begin(SPEC + TIMED % 10, folder)
    now = time.monotonic()
    jumps = iter([0.0, 3e9, 1e5] * 1000)
    monkeypatch.setattr("time.time", lambda: next(jumps))
    monkeypatch.setattr("kc.library.callbacks.checkpoint.time.monotonic", lambda: now)
    waited = []
    for event in job.events():
        if isinstance(event, EpochEnd):
            now += 300
            waited.append(event.step)
    job.run.close()
    # Two epochs take ten minutes, so the third one begins with a save; the end is saved, too.
    assert steps_saved(folder / "run") == [waited[1] + 7, waited[-1]]


def test_training_goes_on_while_a_checkpoint_is_written(folder, monkeypatch):
    real, release, threads = Store.save, Event(), []

    def slow(store, *arguments):
        threads.append(current_thread())
        release.wait(60)
        return real(store, *arguments)

    monkeypatch.setattr(Store, "save", slow)
    job = begin(SPEC + "  callbacks: [{checkpoint: {every_epochs: 3}}]\n", folder)
    for event in job.events():
        if isinstance(event, EpochEnd) and event.epoch == 4:
            break
        if isinstance(event, StepsEnd) and event.epoch == 4:
            assert not steps_saved(folder / "run")
            release.set()
    job.run.close()
    assert steps_saved(folder / "run") == [21, 28]
    assert main_thread() not in threads


def test_a_checkpoint_written_late_holds_the_state_of_its_moment(folder, monkeypatch):
    finish(begin(MLP, folder, "whole"))
    real = Store.save

    def late(store, *arguments):
        time.sleep(0.2)  # some dispatches, epochs and lines of the history
        return real(store, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save", late)
        job = begin(MLP, folder, "cut")
        for number, _ in enumerate(job.events()):
            if number == 9:
                break
        job.run.close()
    finish(resume(MLP, folder, "cut")[0])
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")


def test_one_save_waits_for_the_one_before_it():
    order, release = [], Event()
    writer = Writer()
    writer.start(lambda: (release.wait(60), order.append(1)))
    release.set()
    writer.start(lambda: order.append(2))
    writer.wait()
    assert order == [1, 2]


def test_a_defect_in_the_thread_is_raised_where_it_is_waited_for():
    writer = Writer()
    writer.start(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        writer.wait()
    writer.wait()


@pytest.mark.parametrize(
    ("failing", "unsaved"),
    [pytest.param({14}, False, id="in between"), pytest.param({28}, True, id="the last one")],
)
def test_a_failed_save_is_told_and_later_ones_try_again(folder, monkeypatch, failing, unsaved):
    real = durable.replacing

    def replacing(path):
        if path.name in {f"step-{step:08d}.h5" for step in failing}:
            raise OSError(28, "No space left on device")
        return real(path)

    monkeypatch.setattr(durable, "replacing", replacing)
    job = begin(SPEC, folder)
    notices = [event.diagnostic for event in job.events() if isinstance(event, Notice)]
    job.run.close()
    assert [notice.code.id for notice in notices] == ["KC505"]
    assert "No space left on device" in notices[0].message
    assert notices[0].notes[0].startswith("kept: `step-00000007.h5`")
    assert (job.unsaved is not None) is unsaved
    assert set(steps_saved(folder / "run")) == {7, 14, 21, 28} - failing


def test_history_that_a_full_disk_refused_is_written_before_the_next_checkpoint(
    folder, monkeypatch
):
    finish(begin(SPEC, folder, "whole"))
    real, refused = durable.append, []

    def append(path, lines, **options):
        if path.name == "metrics.jsonl" and len(refused) < 3:
            refused.append(lines)
            raise OSError(28, "No space left on device")
        real(path, lines, **options)

    monkeypatch.setattr(durable, "append", append)
    job = begin(SPEC, folder, "cut")
    codes = [event.diagnostic.code.id for event in job.events() if isinstance(event, Notice)]
    job.run.close()
    assert codes == ["KC505"]
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")
