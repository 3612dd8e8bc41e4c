"""`class_weight: balanced` finds weights in the training examples, and keeps them."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.compiler.pipeline import compile
from kc.compiler.source.reader import decode
from kc.core.diagnostic import CompileError, Report
from kc.emit.python import to_python
from kc.runtime.data.job import examples
from kc.runtime.fitting import fitted
from tests.runtime.jobs import begin, finish, make_plan, model_bytes, resume
from tests.runtime.test_resume import stop_after

SPEC = """\
kc: 1
name: balanced
data:
  source: {npy: {inputs: x.npy, target: y.npy}}
  split: {validation: 0.2}
  stream: STREAM
model:
  inputs: {x: [4]}
  layers: [{dense: {units: 3, activation: softmax}}]
training:
  loss: sparse_categorical_crossentropy
  class_weight: balanced
  batch_size: 8
  epochs: 2
  callbacks: [checkpoint: {every_steps: 2}]
"""
STREAMED = pytest.mark.parametrize("stream", ["true", "false"])


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", random.normal(size=(60, 4)).astype("float32"))
    np.save(tmp_path / "y.npy", random.choice(3, 60, p=[0.6, 0.3, 0.1]))
    return tmp_path


def found(spec: str, folder) -> dict[str, float]:
    plan = make_plan(spec)
    return fitted(plan, examples(plan, folder).train).resolved["training"]["class_weight"]


@STREAMED
def test_weights_are_those_of_scikit_learn_for_the_training_part(folder, stream):
    weigh = pytest.importorskip("sklearn.utils.class_weight").compute_class_weight
    spec = SPEC.replace("STREAM", stream)
    labels = examples(make_plan(spec.replace("true", "false")), folder).train.targets["dense"]
    wanted = weigh("balanced", classes=np.arange(3), y=labels)
    assert found(spec, folder) == dict(zip("012", wanted.tolist(), strict=True))


def test_rows_of_one_hot_classes_are_weighed_as_their_numbers(folder):
    spec = SPEC.replace("STREAM", "false")
    of_numbers = found(spec, folder)
    np.save(folder / "y.npy", np.eye(3, dtype="float32")[np.load(folder / "y.npy")])
    assert found(spec.replace("sparse_", ""), folder) == of_numbers


def test_a_resumed_run_keeps_the_weights_that_were_found(folder):
    spec = SPEC.replace("STREAM", "false")
    finish(begin(spec, folder, "whole"))
    stop_after(begin(spec, folder, "cut"), 3)
    again, report = resume(spec, folder, "cut")
    assert not report.diagnostics
    finish(again)
    assert model_bytes(folder / "cut") == model_bytes(folder / "whole")
    numbers = found(spec, folder)
    finish(begin(spec.replace("balanced\n  batch", f"{numbers}\n  batch"), folder, "numbers"))
    assert model_bytes(folder / "numbers") == model_bytes(folder / "whole")


def test_targets_that_are_no_classes_are_refused(folder):
    np.save(folder / "y.npy", np.linspace(0, 1, 60))
    spec = SPEC.replace("sparse_categorical_crossentropy", "mean_squared_error")
    spec = spec.replace("STREAM", "false").replace("units: 3, activation: softmax", "units: 1")
    with pytest.raises(CompileError) as caught:
        found(spec, folder)
    (finding,) = caught.value.report
    assert finding.code.id == "KC415"
    assert finding.message == (
        "`class_weight: balanced` needs one class per example, and `dense` has none"
    )


def test_what_needs_the_weights_before_they_are_found_says_so(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC.replace("STREAM", "false"))
    model = kc.load(tmp_path / "spec.yaml")
    with pytest.raises(CompileError, match="has not seen data, so it has no weights"):
        model.train_on_batch(np.zeros((2, 4)), np.zeros(2, int))
    with pytest.raises(CompileError, match="has not seen data, so it has no weights"):
        to_python(
            compile(decode("spec.yaml", SPEC.replace("STREAM", "false").encode()), (), Report())
        )
