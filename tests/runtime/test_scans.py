"""Runs of a model whose repeat is a scan: the plan chooses it, and files are the same."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from kc.compiler.plan import plan as plans
from kc.compiler.plan.plan import Form, Strategy
from kc.core.diagnostic import Report
from kc.runtime import job
from tests.runtime.jobs import begin, finish, make_plan, model_bytes, resume, write_data

DEEP = """
kc: 1
name: deep
data:
  source: {npz: {path: data.npz, target: y}}
model:
  inputs: {x: [6]}
  layers:
    - block: [{dense: {units: 6, activation: tanh}}, batch_normalization, {dropout: 0.1}]
      name: body
      repeat: 6
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.01, epsilon: 0.001}}
  batch_size: 16
  epochs: 2
  callbacks: [{checkpoint: {every_steps: 3, keep: {last: 9}}}]
"""
CONVOLUTIONS = """
kc: 1
model:
  inputs: {x: [6, 6, 1]}
  layers:
    - {conv2d: {filters: 1, kernel_size: 3, padding: same}, repeat: 8, name: convolutions}
    - flatten
    - {dense: 36, repeat: 8, name: products}
    - {dense: {units: 3, activation: softmax}}
training: {loss: sparse_categorical_crossentropy, optimizer: sgd}
"""
WRITTEN_OUT = Form(Strategy.FUSED)


@pytest.fixture(autouse=True)
def _small_scans(tmp_path, monkeypatch):
    """Models that are small enough for a test are scanned, too."""
    monkeypatch.setattr(plans, "SCAN_FROM", 15)
    write_data(tmp_path, rows=80)


def test_many_equal_iterations_become_a_scan():
    plan = make_plan(DEEP)
    assert plan.form == Form(Strategy.FUSED, ("body",))
    assert plan.scan_reason == "equal iterations compile once"


def test_little_to_save_is_written_out():
    assert make_plan(DEEP.replace("repeat: 6", "repeat: 2")).form.scans == ()


def test_what_is_computed_again_is_a_scan_however_small():
    plan = make_plan(DEEP.replace("repeat: 6", "repeat: 2\n      remat: true"))
    assert plan.form.scans == ("body",)
    assert plan.scan_reason == "what is computed again takes less memory in a scan"


def test_convolutions_are_never_scanned_on_a_cpu():
    assert make_plan(CONVOLUTIONS).form == Form(Strategy.SINGLE, ("products",))


def test_a_resumed_run_goes_on_as_a_scan_to_the_same_bytes(tmp_path):
    finish(begin(DEEP, tmp_path, "whole"))
    cut = begin(DEEP, tmp_path, "cut")
    for number, _ in enumerate(cut.events()):
        if number == 6:
            break
    cut.run.close()
    resumed, report = resume(DEEP, tmp_path, "cut")
    assert not report.diagnostics
    assert resumed.plan.form.scans == ("body",)
    finish(resumed)
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def arrays(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, node: (
                found.update({name: node[()]})
                if isinstance(node, h5py.Dataset) and node.dtype.kind == "f"
                else None
            )
        )
    return found


def test_a_checkpoint_of_one_form_goes_on_in_the_other(tmp_path):
    finish(begin(DEEP, tmp_path, "scanned"))
    cut = begin(DEEP, tmp_path, "cut")
    for number, _ in enumerate(cut.events()):
        if number == 6:
            break
    cut.run.close()
    other = job.resume(
        tmp_path / "cut", lambda form: make_plan(DEEP, form=WRITTEN_OUT), tmp_path, Report()
    )
    finish(other)
    ours, theirs = (arrays(tmp_path / run / "model.h5") for run in ("cut", "scanned"))
    assert ours.keys() == theirs.keys()
    # Six kernels, each with two moments.
    assert sum(array.shape == (6, 6) for array in ours.values()) == 18
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], atol=1e-5, err_msg=name)
