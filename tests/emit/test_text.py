"""The part of a model that reads text is printed, and computes what kc computes."""

from __future__ import annotations

import numpy as np
import pytest

from kc.compiler.lower import bind
from kc.compiler.lower.host import preprocess
from kc.core.diagnostic import CompileError
from kc.emit.python import to_python
from kc.runtime.data.job import examples
from kc.runtime.fitting import fitted
from tests.emit.same import assert_same_model, generated
from tests.models import compiled_text, random_weights
from tests.runtime.jobs import make_plan
from tests.runtime.text_jobs import TEXTS, write_table

SPEC = """
kc: 1
model:
  inputs: {word: {shape: [3], dtype: string}, x: [2], unread: [1]}
  layers:
    - {string_lookup: {vocabulary: [a, b, c]}, from: word, name: numbers}
    - {embedding: {input_dim: 4, output_dim: 2}, from: numbers}
    - flatten
    - {category_encoding: {num_tokens: 4, output_mode: count}, from: numbers, name: counts}
    - {concatenate: {}, from: [flatten, counts, x]}
    - dense: 2
"""


@pytest.fixture(scope="module")
def trained_on_a_table(tmp_path_factory):
    """A fitted model, and its raw training examples."""
    folder = tmp_path_factory.mktemp("table")
    write_table(folder)
    unfitted = make_plan(TEXTS)
    train = examples(unfitted, folder).train
    return fitted(unfitted, train).compiled, train.inputs


def test_preprocess_makes_what_kc_makes(trained_on_a_table):
    compiled, given = trained_on_a_table
    ours = generated(compiled)["preprocess"](given)
    expected = preprocess(compiled.program, given)
    assert list(ours) == list(expected) == list(compiled.program.inputs)
    for name, kind in compiled.program.inputs.items():
        assert (ours[name].shape[1:], str(ours[name].dtype)) == (kind.shape, kind.dtype)
        np.testing.assert_array_equal(ours[name], expected[name])


def test_the_part_on_the_device_is_the_program(trained_on_a_table):
    assert_same_model(trained_on_a_table[0])


def test_the_script_trains_on_random_texts(trained_on_a_table, capsys):
    names = generated(trained_on_a_table[0])
    names["train"](*names["random_examples"]())
    assert "epoch 3/3: loss" in capsys.readouterr().out


def test_texts_are_read_from_a_file(trained_on_a_table, tmp_path):
    compiled, given = trained_on_a_table
    plain = {name: a.astype(str) if a.dtype == object else a for name, a in given.items()}
    np.savez(tmp_path / "data.npz", **plain, dense=np.zeros(len(plain["words"]), "int32"))
    inputs, _ = generated(compiled)["read"](tmp_path / "data.npz")
    expected = preprocess(compiled.program, given)
    for name, array in inputs.items():
        np.testing.assert_array_equal(array, expected[name])


def test_a_value_of_the_host_may_be_read_often():
    compiled = compiled_text(SPEC)
    assert list(compiled.program.given) == ["word", "x", "unread"]
    assert list(compiled.program.inputs) == ["x", "numbers"]
    module = generated(compiled)
    given = {"word": np.array([["a", "c", "?"]], object), "x": np.ones((1, 2), "float32")}
    inputs = module["preprocess"]({**given, "unread": np.ones((1, 1), "float32")})
    params, state = random_weights(compiled.program, np.random.default_rng(0))
    ours, _ = module["apply"](params, state, inputs)
    expected, _ = bind.apply(compiled.program, params, state, inputs)
    np.testing.assert_array_equal(ours["dense"], expected["dense"])


def test_a_model_without_text_has_no_such_part():
    compiled = compiled_text("kc: 1\nmodel: {inputs: {x: [2]}, layers: [{dense: 2}]}")
    assert compiled.program.host is None
    assert "preprocess" not in to_python(compiled)


def test_a_model_that_has_not_seen_data_is_not_printed():
    compiled = compiled_text("kc: 1\nmodel: {inputs: {x: [2]}, layers: [normalization]}")
    with pytest.raises(CompileError, match=r"KC518.*no `mean`, `variance`"):
        to_python(compiled)
