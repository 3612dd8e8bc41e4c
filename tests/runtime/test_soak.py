"""Long use of one process: memory does not grow."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest

import kc
from kc.core.events import EpochEnd
from tests.runtime.jobs import MLP, begin, write_data

GROWTH_MB = 3.0
"""Allocators keep a little more now and then; a leak of 1 kB in each epoch's steps shows."""


def held_mb() -> float:
    """Memory of its own that this process holds."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return (
        int(dict(line.split(":", 1) for line in status.splitlines())["RssAnon"].split()[0]) / 1024
    )


@pytest.mark.parametrize(
    ("warm", "epochs"),
    [pytest.param(25, 60, id="short"), pytest.param(50, 250, id="long", marks=pytest.mark.slow)],
)
def test_training_takes_no_more_memory_with_every_epoch(tmp_path, warm, epochs):
    write_data(tmp_path)
    job = begin(MLP, tmp_path, overrides=[f"training.epochs={epochs}", "training.callbacks=[]"])
    found = {}
    for event in job.events():
        if isinstance(event, EpochEnd) and event.epoch in {warm, epochs}:
            found[event.epoch] = held_mb()
    job.run.close()
    assert found[epochs] - found[warm] < GROWTH_MB


@pytest.mark.parametrize("calls", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_predicting_takes_no_more_memory_with_every_call(tmp_path, calls):
    (tmp_path / "spec.yaml").write_text(MLP)
    model = kc.load(tmp_path / "spec.yaml")
    x = np.random.default_rng(0).normal(size=(100, 6)).astype("float32")
    for _ in range(30):
        model.predict(x)
    before = held_mb()
    for _ in range(calls):
        model.predict(x)
    assert held_mb() - before < GROWTH_MB
