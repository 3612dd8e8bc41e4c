"""Examples that are read while training runs."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal

import numpy as np
import pytest

from kc.core import codes
from kc.core.diagnostic import CompileError, Diagnostic
from kc.runtime.data.stream import Stream
from tests.runtime.jobs import begin, finish, model_bytes, resume

SPEC = """
kc: 1
name: streamed
data:
  source: {npy: {inputs: x.npy, target: y.npy}}
  split: {validation: 0.2, test: 0.1, stratify: true}
  stream: STREAM
  preprocess: {x: [normalization]}
model:
  inputs: {x: [6]}
  layers:
    - dense: {units: 8, activation: relu}
    - dropout: 0.3
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.01}}
  metrics: [accuracy]
  batch_size: 16
  epochs: 3
  callbacks: [checkpoint: {every_steps: 2}]
"""


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.normal(5.0, 3.0, (125, 6)).astype("float32"))
    np.save(tmp_path / "y.npy", random.integers(0, 3, 125))
    return tmp_path


def spec(stream: str = "true") -> str:
    return SPEC.replace("STREAM", stream)


def history(folder) -> np.ndarray:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return np.array([list(json.loads(line).values()) for line in lines])


def test_a_stream_trains_as_the_same_examples_in_memory(data):
    streamed = begin(spec(), data, "streamed")
    assert isinstance(streamed.data.train, Stream)
    finish(streamed)
    finish(begin(spec("false"), data, "memory"))
    np.testing.assert_allclose(history(data / "streamed"), history(data / "memory"), rtol=1e-4)
    assert streamed.test is not None


def test_examples_that_fit_into_memory_are_not_streamed(data):
    job = begin(spec("null"), data, "run")
    job.run.close()
    assert not isinstance(job.data.train, Stream)


def test_examples_that_do_not_fit_are_streamed(data, monkeypatch):
    monkeypatch.setattr("kc.runtime.data.job.available", lambda: 1000)
    job = begin(spec("null"), data, "run")
    job.run.close()
    assert isinstance(job.data.train, Stream)
    assert str(job.plan.strategy) == "single"


@pytest.mark.parametrize("events", [3, 6, 11])
def test_a_resumed_stream_is_byte_identical_to_an_uninterrupted_one(data, events):
    finish(begin(spec(), data, "whole"))
    job = begin(spec(), data, "cut")
    for number, _ in enumerate(job.events()):
        if number == events:
            break
    job.run.close()
    again, report = resume(spec(), data, "cut")
    assert not report.diagnostics
    finish(again)
    assert model_bytes(data / "cut") == model_bytes(data / "whole")


def test_a_run_streams_on_as_it_began_whatever_memory_is_left(data, monkeypatch):
    monkeypatch.setattr("kc.runtime.data.job.available", lambda: 1000)
    job = begin(spec("null"), data, "run")
    finish(job)
    monkeypatch.setattr("kc.runtime.data.job.available", lambda: 10**12)
    again, _ = resume(spec("null"), data, "run", ["training.epochs=4"])
    again.run.close()
    assert isinstance(again.data.train, Stream)


def test_a_wrong_value_names_its_example_of_the_source(data):
    x = np.load(data / "x.npy")
    x[77, 2] = np.nan
    np.save(data / "x.npy", x)
    with pytest.raises(CompileError) as raised:
        begin(spec(), data, "run")
    (found,) = raised.value.report.diagnostics
    assert found.code is codes.DATA_VALUE
    assert "nan" in found.message
    assert found.notes == ("it is example 77 of the source",)


def refusal(job, disturb) -> Diagnostic:
    """What ends a run that is disturbed after some events."""
    try:
        for number, _ in enumerate(job.events()):
            if number == 8:
                disturb()
    except CompileError as error:
        (found,) = error.report.diagnostics
        return found
    finally:
        job.run.close()
    pytest.fail("the run went on to its end")


def test_files_that_change_under_a_run_end_it(data):
    found = refusal(begin(spec(), data), lambda: os.utime(data / "x.npy", ns=(1, 1)))
    assert found.code is codes.DATA_CHANGED
    assert "`x.npy` changed while the run reads it" in found.message


def test_other_data_are_noticed_when_a_run_goes_on(data):
    job = begin(spec(), data, "run")
    for number, _ in enumerate(job.events()):
        if number == 5:
            break
    job.run.close()
    y = np.load(data / "y.npy")
    y[3] = 2 - y[3]
    np.save(data / "y.npy", y)
    with pytest.raises(CompileError, match="the data changed"):
        resume(spec(), data, "run")


def test_processes_read_the_same_batches_as_threads(data):
    finish(begin(spec(), data, "threads"))
    finish(begin(spec(), data, "processes", ["data.workers=2"]))
    threads, processes = model_bytes(data / "threads"), model_bytes(data / "processes")
    assert processes == threads


def test_a_lost_process_ends_the_run_with_what_was_saved(data):
    job = begin(spec(), data, "run", ["data.workers=1", "training.epochs=500"])
    found = refusal(job, lambda: os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL))
    assert found.code is codes.READER_LOST
    assert job.run.store.records()
