"""Parts with a source of their own, columns that weigh, and what is fitted to which part."""

from __future__ import annotations

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError, Diagnostic
from kc.runtime.data.job import data_hash, examples
from kc.runtime.data.split import Splits
from kc.runtime.data.stream import Stream, chunks
from kc.runtime.fitting import fitted
from tests.runtime.jobs import make_plan

SPEC = """\
kc: 1
data: {{source: {{csv: {{path: train.csv, target: kind}}}}, {data}}}
model:
  inputs: {{x: [2]}}
  layers: [normalization, {{dense: {{units: 3, activation: softmax}}}}]
training: {{loss: sparse_categorical_crossentropy}}
"""
STREAMED = pytest.mark.parametrize("stream", ["true", "false"])


@pytest.fixture
def folder(tmp_path):
    table(tmp_path, "train.csv", "abc" * 10)
    table(tmp_path, "val.csv", "cab" * 2)
    table(tmp_path, "test.csv", "ca" * 2)
    return tmp_path


def table(folder, name: str, kinds: str) -> None:
    """A file with columns that divide and weigh, and a first feature that counts lines."""
    lines = [
        f"{row},{row % 7},{kind},p{row // 3},2026-01-{30 - row:02},{row % 4},{row % 5 // 4}"
        for row, kind in enumerate(kinds)
    ]
    (folder / name).write_text("\n".join(["a,b,kind,patient,day,w,held", *lines]))


def loaded(folder, data: str) -> Splits:
    return examples(make_plan(SPEC.format(data=data)), folder)


def shown(found: Diagnostic) -> str:
    """The part of the spec that a finding underlines."""
    span = found.span
    assert span is not None
    return span.source.text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]


ASIDE = "weight: w, split: {group: patient, test: 0.2}"
OWN = "validation: {csv: val.csv}, test: {csv: test.csv}"
FEATURES = SPEC.replace("target: kind", "target: kind, features: [a, b]")


def own_parts(folder, data: str = OWN) -> Splits:
    return examples(make_plan(FEATURES.format(data=data)), folder)


@STREAMED
def test_parts_come_from_their_own_sources_with_the_classes_of_the_training_source(folder, stream):
    parts = own_parts(folder, f"{OWN}, stream: {stream}")
    assert [len(p) for p in (parts.train, parts.validation, parts.test)] == [30, 6, 4]
    assert isinstance(parts.test, Stream) == (stream == "true")
    (validation,), (test,) = chunks(parts.validation), chunks(parts.test)
    assert validation.targets["dense"].tolist() == [2, 0, 1, 2, 0, 1]
    assert test.targets["dense"].tolist() == [2, 0, 2, 0]


def test_a_source_of_a_part_may_stand_beside_a_fraction_for_another(folder):
    parts = own_parts(folder, "test: {csv: test.csv}, split: {validation: 0.2, stratify: true}")
    assert [len(p) for p in (parts.train, parts.validation, parts.test)] == [24, 6, 4]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ("adc", "the target `kind` has `d`, which `source` has not"),
        ("012", "the target `kind` holds numbers, and words in `source`"),
    ],
)
def test_a_word_that_the_training_source_lacks_is_named_at_its_source(folder, kinds, message):
    table(folder, "test.csv", kinds)
    with pytest.raises(CompileError) as caught:
        own_parts(folder)
    (found,) = caught.value.report
    assert (found.code.id, found.message) == ("KC424", message)
    assert shown(found) == "test.csv"


def test_what_is_wrong_in_a_source_of_its_own_is_shown_there(folder):
    (folder / "val.csv").unlink()
    with pytest.raises(CompileError) as caught:
        own_parts(folder)
    (found,) = caught.value.report
    assert shown(found) == "val.csv"


@STREAMED
def test_columns_that_divide_or_weigh_are_no_features(folder, stream):
    for name in ("train.csv",):
        text = (folder / name).read_text().splitlines()
        cut = [",".join(np.array(line.split(","))[[0, 1, 2, 3, 5]]) for line in text]
        (folder / name).write_text("\n".join(cut))
    parts = loaded(folder, f"{ASIDE}, stream: {stream}")
    (test,) = chunks(parts.test)
    assert test.inputs["x"].shape == (6, 2)
    np.testing.assert_array_equal(test.weights["dense"], test.inputs["x"][:, 0] % 4)


@STREAMED
def test_weights_count_in_the_fingerprint(folder, stream):
    def hashed(column: str) -> str:
        return data_hash(own_parts(folder, f"{OWN}, stream: {stream}, {column}"))

    assert hashed("weight: w") == hashed("weight: {dense: w}") != hashed("weight: a")


@pytest.mark.parametrize(
    ("data", "word", "message"),
    [
        ("weight: v", "v", "`train.csv` has no column `v`"),
        ("split: {group: v, test: 0.2}", "v", "`train.csv` has no column `v`"),
        ("weight: patient", "patient", "`weight` holds what is no finite number"),
    ],
)  # fmt: skip
def test_a_column_that_cannot_be_used_is_shown_where_it_is_named(folder, data, word, message):
    with pytest.raises(CompileError) as caught:
        own_parts(folder, data)
    (found,) = caught.value.report
    assert found.message == message
    assert shown(found) == word


SPLITS = {
    "fractions": "split: {validation: 0.2, test: 0.1}",
    "stratified": "split: {validation: 0.2, stratify: true}",
    "in order": "split: {validation: 0.2, shuffle: false}",
    "groups": "split: {validation: 0.2, group: patient}",
    "time": "split: {validation: 0.2, time: day}",
    "column": "split: {column: held, values: {validation: 1}}",
    "fold": "split: {folds: 3, fold: 2}",
    "own source": OWN,
}


@STREAMED
@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_preprocessing_is_fitted_to_the_training_part_alone(folder, split, stream):
    plan = make_plan(FEATURES.format(data=f"{split}, stream: {stream}"))
    parts = examples(plan, folder)
    rows = np.concatenate([chunk.inputs["x"] for chunk in chunks(parts.train)])
    assert parts.validation is not None
    assert (len(rows) < 30) == (split != OWN)
    (layer, *_) = [node.layer for node in fitted(plan, parts.train).compiled.graph.nodes]
    np.testing.assert_allclose(layer.mean, rows.mean(0), rtol=1e-6)
    np.testing.assert_allclose(layer.variance, rows.var(0), rtol=1e-5)


TEXT = """\
kc: 1
data:
  source: {csv: {path: texts.csv, target: y, text: words}}
  split: {folds: 3, fold: FOLD, shuffle: false}
  preprocess: {words: [string_lookup: {max_tokens: 20, pad_to_max_tokens: true}]}
  stream: STREAM
model:
  inputs: {words: {shape: [], dtype: string}}
  layers: [{embedding: {input_dim: 20, output_dim: 2}}, {dense: 1}]
training: {loss: mean_squared_error}
"""


@STREAMED
@pytest.mark.parametrize("fold", [1, 2, 3])
def test_a_vocabulary_has_no_word_of_the_fold_that_validates(tmp_path, fold, stream):
    lines = [f"w{row},{row}" for row in range(12)]
    (tmp_path / "texts.csv").write_text("\n".join(["words,y", *lines]))
    plan = make_plan(TEXT.replace("FOLD", str(fold)).replace("STREAM", stream))
    parts = examples(plan, tmp_path)
    (lookup, *_) = [node.layer for node in fitted(plan, parts.train).compiled.graph.nodes]
    held = {f"w{row}" for row in range(4 * fold - 4, 4 * fold)}
    assert set(lookup.vocabulary) == {f"w{row}" for row in range(12)} - held


def test_a_column_of_weights_counts_as_weights_given_to_fit(tmp_path):
    random = np.random.default_rng(0)
    arrays = {"x": random.normal(size=(40, 2)).astype("float32"), "y": random.integers(0, 3, 40)}
    w = random.uniform(0, 3, 40)
    np.savez(tmp_path / "data.npz", **arrays, w=w)
    text = SPEC.replace(
        "csv: {{path: train.csv, target: kind}}", "npz: {{path: data.npz, target: y}}"
    )
    (tmp_path / "spec.yaml").write_text(text.format(data="weight: w"))
    of_spec = kc.load(tmp_path / "spec.yaml").fit(epochs=2, verbose=False)
    of_arrays = kc.load(tmp_path / "spec.yaml").fit(
        arrays["x"], arrays["y"], sample_weight=w, epochs=2, verbose=False
    )
    assert of_spec.history == of_arrays.history
