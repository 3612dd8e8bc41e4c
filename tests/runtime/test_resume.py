"""A run that is stopped anywhere and resumed ends as if it had never been stopped."""

from __future__ import annotations

import pytest

from kc.core.diagnostic import CompileError
from kc.library.callbacks.progress import Progress
from tests.runtime.jobs import (
    CONVNET,
    MLP,
    PAIR,
    PLATEAU,
    begin,
    finish,
    model_bytes,
    resume,
    write_data,
)

SPECS = {
    "mlp": (MLP, (6,)),
    "convnet": (CONVNET, (6, 6, 1)),
    "pair": (PAIR, (6,)),
    "plateau": (PLATEAU, (6,)),
}


@pytest.fixture(params=SPECS)
def spec(request, tmp_path):
    text, shape = SPECS[request.param]
    write_data(tmp_path, shape)
    return text


def stop_after(job, events: int) -> None:
    """Leave a job after some events, as a crash does: nothing more is written."""
    for number, _ in enumerate(job.events()):
        if number == events:
            break
    job.run.close()


@pytest.mark.parametrize("events", [3, 7, 12])
def test_a_resumed_run_is_byte_identical_to_an_uninterrupted_one(spec, tmp_path, events):
    finish(begin(spec, tmp_path, "whole"))
    stop_after(begin(spec, tmp_path, "cut"), events)
    job, report = resume(spec, tmp_path, "cut")
    assert not report.diagnostics
    finish(job)
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def test_a_run_resumed_again_and_again_is_byte_identical(spec, tmp_path):
    finish(begin(spec, tmp_path, "whole"))
    stop_after(begin(spec, tmp_path, "cut"), 4)
    for events in (2, 3, 5):
        stop_after(resume(spec, tmp_path, "cut")[0], events)
    finish(resume(spec, tmp_path, "cut")[0])
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def test_callbacks_go_on_from_their_own_states_with_a_progress_line_or_without(tmp_path):
    write_data(tmp_path)
    finish(begin(PLATEAU, tmp_path, "whole"))
    shown = begin(PLATEAU, tmp_path, "cut")
    shown.extra = [Progress()]
    stop_after(shown, 7)
    finish(resume(PLATEAU, tmp_path, "cut")[0])
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def test_a_finished_run_goes_on_with_more_epochs_as_if_they_had_been_planned(spec, tmp_path):
    finish(begin(spec, tmp_path, "long", ["training.epochs=6"]))
    finish(begin(spec, tmp_path, "short"))
    finish(resume(spec, tmp_path, "short", ["training.epochs=6"])[0])
    assert model_bytes(tmp_path / "short") == model_bytes(tmp_path / "long")


def test_a_run_that_named_no_epochs_goes_on_with_more(tmp_path):
    write_data(tmp_path)
    spec = MLP.replace("  epochs: 4\n", "")
    finish(begin(spec, tmp_path))
    resumed, _ = resume(spec, tmp_path, overrides=["training.epochs=2"])
    finish(resumed)
    assert resumed.loop.position.epoch == 3


def test_a_changed_spec_is_refused_with_the_difference(tmp_path):
    write_data(tmp_path)
    stop_after(begin(MLP, tmp_path), 4)
    with pytest.raises(CompileError) as error:
        resume(MLP, tmp_path, overrides=["model.layers[1].dense.units=9"])
    (found,) = error.value.report
    assert found.code.id == "KC504"
    assert found.notes == ("model.layers[1].dense.units: 8 -> 9",)


def test_changed_data_are_refused(tmp_path):
    write_data(tmp_path)
    stop_after(begin(MLP, tmp_path), 4)
    write_data(tmp_path, rows=126)
    with pytest.raises(CompileError, match="KC513"):
        resume(MLP, tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(tmp_path, damage):
    write_data(tmp_path)
    finish(begin(MLP, tmp_path, "whole"))
    stop_after(begin(MLP, tmp_path, "cut"), 7)
    newest = sorted((tmp_path / "cut/checkpoints").glob("*.h5"))[-1]
    data = bytearray(newest.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 1
    newest.write_bytes(data[: {"truncated": len(data) // 2, "flipped": None, "empty": 0}[damage]])
    job, report = resume(MLP, tmp_path, "cut")
    (found,) = report
    assert found.code.id == "KC503"
    assert newest.name in found.message
    finish(job)
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def test_a_run_whose_checkpoints_are_all_damaged_is_not_touched(tmp_path):
    write_data(tmp_path)
    stop_after(begin(MLP, tmp_path), 7)
    files = sorted((tmp_path / "run/checkpoints").glob("*.h5"))
    for file in files:
        file.write_bytes(b"garbage")
    with pytest.raises(CompileError) as error:
        resume(MLP, tmp_path)
    assert [d.code.id for d in error.value.report] == ["KC503"] * len(files) + ["KC506"]
    assert all(file.read_bytes() == b"garbage" for file in files)


def test_a_torn_last_line_of_the_index_does_not_count(tmp_path):
    write_data(tmp_path)
    stop_after(begin(MLP, tmp_path), 7)
    index = tmp_path / "run/checkpoints/index.jsonl"
    lines = index.read_text().splitlines()
    index.write_text("\n".join([*lines[:-1], lines[-1][:20]]))
    job, report = resume(MLP, tmp_path)
    assert not report.diagnostics
    assert job.resumed.meta["position"]["step"] < 6
    job.run.close()


def test_a_run_is_for_one_process_at_a_time(tmp_path):
    write_data(tmp_path)
    job = begin(MLP, tmp_path)
    job.run.write_json("lock.json", {})
    with pytest.raises(CompileError, match=r"KC507.*process \d+ on"):
        resume(MLP, tmp_path)
    job.run.close()
