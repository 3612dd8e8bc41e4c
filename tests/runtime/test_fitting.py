"""Layers find their fields in the training examples, before training begins."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from kc.compiler.plan.plan import plan
from kc.core.data import Examples
from kc.core.diagnostic import CompileError
from kc.runtime.data.job import examples
from kc.runtime.fitting import fitted, recalled
from tests.models import compiled_text
from tests.runtime.jobs import begin, finish, make_plan, model_bytes, resume
from tests.runtime.test_resume import stop_after
from tests.runtime.text_jobs import TEXTS, write_table

X = np.random.default_rng(0).normal(4.0, 3.0, (50, 3)).astype("float32")


def plan_of(layers: str, inputs: str = "{x: [3]}", shared: str = "{}"):
    return plan(
        compiled_text(
            f"kc: 1\nmodel:\n  inputs: {inputs}\n  shared: {shared}\n  layers:\n{layers}\n"
        )
    )


def found(fit, *names: str):
    """The layers of a fitted plan by the names of their nodes."""
    nodes = [fit.compiled.graph.node(name) for name in names]
    assert not fit.compiled.unfitted
    return [node.layer for node in nodes]


def test_a_plan_without_such_layers_stays_as_it_is():
    same = plan_of("    - dense: 2")
    assert fitted(same, Examples({"x": X})) is same


def test_a_layer_is_fitted_to_what_the_one_before_it_makes():
    fit = fitted(
        plan_of("    - normalization\n    - discretization: {num_bins: 4}"), Examples({"x": X})
    )
    first, second = found(fit, "normalization", "discretization")
    np.testing.assert_allclose(first.mean, X.mean(0), 1e-5)
    normal = (X - X.mean(0)) / X.std(0)
    bins = np.digitize(normal, second.bin_boundaries)
    np.testing.assert_allclose(np.bincount(bins.ravel()) / X.size, 0.25, atol=0.03)


def test_layers_before_have_the_weights_that_training_begins_with():
    unfitted = plan_of("    - dense: 2\n    - {normalization: {}, name: n}\n    - dense: 1")
    again = fitted(unfitted, Examples({"x": X}))
    assert found(fitted(unfitted, Examples({"x": X})), "n") == found(again, "n")


def test_a_shared_layer_sees_the_values_of_all_its_uses():
    fit = fitted(
        plan_of(
            "    - {use: scale, from: a}\n    - {use: scale, from: b}\n"
            "    - {add: {}, from: [scale, scale_1]}",
            "{a: [3], b: [3]}",
            "{scale: [normalization]}",
        ),
        Examples({"a": X, "b": X + 10}),
    )
    (layer, same) = found(fit, "scale/normalization", "scale_1/normalization")
    np.testing.assert_allclose(layer.mean, X.mean(0) + 5, 1e-5)
    assert layer is same


def test_a_layer_inside_of_a_residual_is_found():
    fit = fitted(plan_of("    - residual: [normalization]"), Examples({"x": X}))
    (layer,) = found(fit, "residual/normalization")
    assert layer.fitted


def test_uses_of_different_shapes_cannot_be_fitted_together():
    unfitted = plan_of(
        "    - {use: scale, from: a}\n    - {use: scale, from: b}\n"
        "    - {concatenate: {}, from: [scale, scale_1]}",
        "{a: [3], b: [2]}",
        "{scale: [{normalization: {axis: null}}]}",
    )
    with pytest.raises(CompileError, match=r"KC518.*different shapes: \[2\] and \[3\]"):
        fitted(unfitted, Examples({"a": X, "b": X[:, :2]}))


def test_only_the_training_part_is_looked_at(tmp_path):
    write_table(tmp_path)
    unfitted = make_plan(TEXTS)
    parts = examples(unfitted, tmp_path)
    job = begin(TEXTS, tmp_path)
    job.run.close()
    node = job.plan.compiled.graph.node("preprocess/features/normalization")
    np.testing.assert_allclose(node.layer.mean, parts.train.inputs["features"].mean(0), 1e-5)


def test_a_run_keeps_what_was_found(tmp_path):
    write_table(tmp_path)
    job = begin(TEXTS, tmp_path)
    finish(job)
    resolved = yaml.safe_load((tmp_path / "run/resolved.yaml").read_text())
    (text,) = resolved["data"]["preprocess"]["words"]
    assert set(text["text_vectorization"]["vocabulary"]) == {
        "good", "great", "fine", "bad", "poor", "awful", "thing",
    }  # fmt: skip
    assert job.test is not None
    assert job.test["accuracy"] > 0.9


@pytest.mark.parametrize(
    ("events", "from_run"),
    [pytest.param(3, False, id="from the spec"), pytest.param(7, True, id="from the run")],
)
def test_a_resumed_run_is_byte_identical(tmp_path, events, from_run):
    write_table(tmp_path)
    finish(begin(TEXTS, tmp_path, "whole"))
    stop_after(begin(TEXTS, tmp_path, "cut"), events)
    spec = (tmp_path / "cut/resolved.yaml").read_text() if from_run else TEXTS
    job, report = resume(spec, tmp_path, "cut")
    assert not report.diagnostics
    finish(job)
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")


def test_a_changed_layer_is_refused_on_resume(tmp_path):
    write_table(tmp_path)
    stop_after(begin(TEXTS, tmp_path), 7)
    with pytest.raises(CompileError) as error:
        resume(TEXTS.replace("sequence_length: 4", "sequence_length: 5"), tmp_path)
    (change,) = error.value.report
    assert change.code.id == "KC504"
    assert "output_sequence_length: 4 -> 5" in change.notes[0]


def test_changed_texts_are_refused_on_resume(tmp_path):
    write_table(tmp_path)
    stop_after(begin(TEXTS, tmp_path), 7)
    table = tmp_path / "data.csv"
    table.write_text(table.read_text().replace("awful", "aweful", 1))
    with pytest.raises(CompileError, match="KC513"):
        resume(TEXTS, tmp_path)


def test_what_was_stored_is_recalled_for_an_unfitted_spec():
    unfitted = plan_of("    - {normalization: {}, name: n}")
    done = fitted(unfitted, Examples({"x": X}))
    again = recalled(unfitted, done.resolved)
    assert found(again, "n") == found(done, "n")
    assert recalled(done, {}) is done
    assert recalled(unfitted, {"model": {"layers": ["dense"]}}).compiled.unfitted


def test_stored_fields_that_do_not_fit_other_arguments_are_left():
    stored = {"model": {"layers": [{"discretization": {"bin_boundaries": [1.0, 2.0, 3.0]}}]}}
    assert recalled(plan_of("    - discretization: {num_bins: 3}"), stored).compiled.unfitted
    assert not recalled(plan_of("    - discretization: {num_bins: 4}"), stored).compiled.unfitted
