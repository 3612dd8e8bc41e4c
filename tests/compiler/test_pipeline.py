"""Any spec ends in a report or in a graph, never in a traceback."""

import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given, settings

from kc.compiler.pipeline import compile as compile_spec
from kc.core.diagnostic import MAX_ERRORS, CompileError, Report
from kc.core.span import SourceText
from tests.specs import checking, ids
from tests.strategies import mutated

SPEC = """
kc: 1
name: base
vars: {w: 8}
data:
  source: digits
  split: {validation: 0.1, test: 0.1, stratify: true}
  preprocess: {image: [{rescaling: 1/16}]}
model:
  inputs: {image: [8, 8, 1], x: {shape: [4], dtype: float32}}
  shared:
    e: [{dense: $w}, relu]
  layers:
    - {conv2d: {filters: $w, kernel_size: [3, 3], padding: same, activation: relu}, from: image}
    - batch_normalization
    - max_pooling2d: 2
    - {flatten: {}, name: left}
    - {use: e, from: x, name: right}
    - {concatenate: {axis: -1}, from: [left, right]}
    - residual: [layer_normalization, {dense: 136}]
    - dropout: 0.3
    - {dense: {units: 10, activation: softmax}, name: digit}
  outputs: {digit: digit}
training:
  loss: {digit: sparse_categorical_crossentropy}
  optimizer: {adam: {learning_rate: 1e-3}}
  metrics: {digit: [accuracy]}
  batch_size: 4*$w
  epochs: 2
  callbacks: [{early_stopping: {monitor: val_loss, patience: 3}}]
"""

PLAIN = yaml.safe_load(SPEC)


def test_the_base_is_a_spec():
    assert [f.code.id for f in checking(SPEC) if f.severity == "error"] == []


@settings(max_examples=400, deadline=None)
@given(mutated(PLAIN))
@example({})
@example({"kc": 1, "model": {"inputs": {"x": []}, "layers": ["relu"]}})
@example({"kc": 1, "model": {"inputs": {"x": []}, "layers": [{"use": None}]}})
def test_a_mutated_spec_ends_in_a_report(spec):
    text = yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)
    for finding in checking(text):
        assert finding.message
        assert finding.span is None or finding.span.line <= text.count("\n") + 2


@pytest.mark.parametrize(
    "text", ["1", "[]", "{}", "null", "x", "kc: 1", "kc: 2", "kc: 1\nmodel:", "[[[[kc]]]]"]
)
def test_a_file_that_is_no_spec_ends_in_a_report(text):
    assert checking(text)


def test_many_mistakes_end_the_check():
    layers = ", ".join(["{dense: x}"] * 20_000)
    found = checking(f"kc: 1\nmodel: {{inputs: {{x: [4]}}, layers: [{layers}]}}")
    assert len(found) == MAX_ERRORS


def test_many_warnings_do_not():
    layers = ", ".join(["{dense: {units: 1}}, batch_normalization"] * (MAX_ERRORS + 10))
    text = f"kc: 1\nmodel: {{inputs: {{x: [4]}}, layers: [{layers}]}}"
    compiled = compile_spec(SourceText("spec.yaml", text), (), report := Report())
    assert set(ids(list(report))) == {"KC804"}
    assert compiled.facts.parameters > 0


def test_a_spec_with_mistakes_does_not_compile():
    with pytest.raises(CompileError, match=r"spec.yaml:1:1: error\[KC102\]"):
        compile_spec(SourceText("spec.yaml", "kc: 1"), (), Report())


def test_checking_loads_no_jax():
    program = (
        f"import sys; from tests.specs import checking; checking({SPEC!r});"
        "print('jax' in sys.modules, 'optax' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
