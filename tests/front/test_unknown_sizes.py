"""Models whose inputs have sizes that only the data know."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import kc
from kc.core import codes
from kc.core.diagnostic import CompileError

SEQUENCES = """\
kc: 1
vars: {steps: time}
model:
  inputs: {x: [$steps, 3]}
  layers:
    - {conv1d: {filters: 4, kernel_size: 3, strides: 2}}
    - {lstm: 4}
    - dense: 1
training:
  loss: mean_squared_error
  optimizer: {adam: 0.01}
  batch_size: 8
"""
TAGGED = """\
kc: 1
model:
  inputs: {words: {shape: [time], dtype: int32}, weights: [time, 1]}
  layers:
    - {embedding: {input_dim: 9, output_dim: 4, mask_zero: true}, from: words}
    - bidirectional: {layer: {gru: {units: 3, return_sequences: true}}}
    - {multiply: {}, from: [bidirectional, weights]}
    - dense: {units: 2, activation: softmax}
training: {loss: sparse_categorical_crossentropy, metrics: [accuracy], batch_size: 8}
"""
random = np.random.default_rng(0)


def loaded(tmp_path, text):
    (tmp_path / "spec.yaml").write_text(text)
    return kc.load(tmp_path / "spec.yaml")


def sequences(length, examples=24):
    return random.normal(size=(examples, length, 3)).astype("float32")


def tagged(length, examples=16):
    words = random.integers(0, 9, (examples, length))
    return {"words": words, "weights": random.uniform(size=(examples, length))}


def refused(call):
    with pytest.raises(CompileError) as error:
        call()
    return error.value.report.diagnostics[0]


def test_a_model_trained_on_one_length_predicts_on_another(tmp_path):
    model = loaded(tmp_path, SEQUENCES)
    x = sequences(12)
    history = model.fit(x, x.mean((1, 2)), epochs=30, verbose=False).history["loss"]
    assert history[-1] < history[0]
    assert model.predict(sequences(20)).shape == (24, 1)
    assert model.predict(sequences(5)).shape == (24, 1)


def test_weights_are_those_of_a_model_of_known_sizes(tmp_path):
    named = loaded(tmp_path, SEQUENCES)
    known = loaded(tmp_path, SEQUENCES.replace("steps: time", "steps: 12"))
    x, y = sequences(12), random.normal(size=24)
    for model in (named, known):
        model.fit(x, y, epochs=2, verbose=False)
    np.testing.assert_array_equal(named.predict(x), known.predict(x))


def test_validation_data_may_have_another_length(tmp_path):
    model = loaded(tmp_path, SEQUENCES)
    validation = (sequences(9), random.normal(size=24))
    logs = model.fit(
        sequences(6), random.normal(size=24), validation_data=validation, verbose=False
    )
    assert np.isfinite(logs.history["val_loss"]).all()
    assert np.isfinite(model.evaluate(*validation)["loss"])


def test_a_saved_model_keeps_the_names(tmp_path):
    model = loaded(tmp_path, SEQUENCES)
    x = sequences(7)
    expected = model.predict(x)
    model.save(tmp_path / "model.h5")
    again = kc.load(tmp_path / "model.h5")
    assert again.compiled.unknown_sizes == ["time"]
    np.testing.assert_array_equal(again.predict(x), expected)


def test_targets_have_the_sizes_of_their_inputs(tmp_path):
    model = loaded(tmp_path, TAGGED)
    model.fit(tagged(6), random.integers(0, 2, (16, 6)), verbose=False)
    assert model.predict(tagged(9)).shape == (16, 9, 2)
    found = refused(lambda: model.fit(tagged(6), random.integers(0, 2, (16, 5)), verbose=False))
    assert found.code is codes.BAD_TARGET
    assert "takes targets [batch, 6], these are [batch, 5]" in found.message


def test_inputs_have_to_agree_on_a_name(tmp_path):
    model = loaded(tmp_path, TAGGED)
    found = refused(lambda: model.predict({**tagged(6), "weights": np.ones((16, 7, 1))}))
    assert found.code is codes.SIZE_CONFLICT
    assert found.message == "`time` is 6 in `words` and 7 in `weights`"


def test_a_length_that_a_layer_cannot_take_is_named(tmp_path):
    model = loaded(tmp_path, SEQUENCES)
    found = refused(lambda: model.predict(sequences(2)))
    assert found.message == "conv1d cannot fit a window of 3 into an input of 2"
    assert found.notes == ("`time` is 2 here",)
    assert found.span.line == 6


@pytest.mark.parametrize(
    ("shape", "help"),
    [
        ((4, 6, 5), "declare `x: [time, 5]` in `model.inputs`, or reshape the data"),
        ((4, 0, 3), "each size is at least 1"),
        ((4, 6), "declare `x: [6]` in `model.inputs`, or reshape the data"),
    ],
)
def test_arrays_of_another_shape_are_refused(tmp_path, shape, help):
    found = refused(lambda: loaded(tmp_path, SEQUENCES).predict(np.zeros(shape)))
    assert found.code is codes.DATA_SHAPE
    assert "the model takes [time, 3]" in found.message
    assert found.help == help


def test_generated_code_works_for_any_length(tmp_path):
    model = loaded(tmp_path, SEQUENCES)
    text = model.to_python()
    assert "It works for any size of `time`; JAX compiles once for each." in text
    (tmp_path / "model.py").write_text(text)
    check = (
        "import jax, model, numpy as np\n"
        "params, state = model.init(jax.random.key(0))\n"
        "for length in (5, 9):\n"
        "    outputs, _ = model.apply(params, state, {'x': np.ones((2, length, 3), 'float32')})\n"
        "    assert outputs['dense'].shape == (2, 1)\n"
        "model.random_examples()\n"
    )
    subprocess.run([sys.executable, "-c", check], cwd=tmp_path, check=True)


def test_the_summary_shows_expressions(tmp_path, capsys):
    loaded(tmp_path, SEQUENCES).summary()
    text = capsys.readouterr().out
    assert "(time, 3)" in text
    assert "((time - 1) // 2, 4)" in text
    assert "76*((time - 1) // 2)" in text
