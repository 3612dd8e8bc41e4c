"""Programs that are awkward to print."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import pytest

from kc.core.program import Call
from kc.core.span import SourceText
from kc.core.types import TensorType
from kc.emit.names import EmitError
from kc.emit.python import to_python
from kc.library.activations import tanh
from tests.emit.same import assert_same_model, compiled_file, generated
from tests.models import compiled

SPECS = Path(__file__).parent / "specs"


def test_file_names_cannot_become_code():
    model = compiled_file(SPECS / "inference_only.yaml")
    hostile = SourceText('"""\nimport os  # \\', model.source.text)
    model = replace(model, source=hostile)
    text = to_python(model)
    assert "import os" in (ast.get_docstring(ast.parse(text)) or "")
    assert text.count("import os") == 1


def test_values_do_not_hide_functions():
    text = to_python(compiled_file(SPECS / "awkward_names.yaml"))
    assert "dense_0 = add(x_0, lambda_)" in text
    assert_same_model(compiled_file(SPECS / "awkward_names.yaml"))


def test_functions_of_one_name_are_told_apart():
    text = to_python(compiled_file(SPECS / "residual.yaml"))
    assert "def align(" in text
    assert "def loss_align(" in text


def test_an_input_can_be_an_output():
    model = compiled([{"dense": 2}], {"x": TensorType((3,))})
    program = replace(model.program, outputs={"same": "x", **model.program.outputs})
    module = generated(replace(model, program=program))
    params, state = module["init"](jnp.zeros(2, jnp.uint32))
    x = jnp.ones((1, 3))
    assert module["apply"](params, state, {"x": x})[0]["same"] is x


def apply_twice(x, *, function):
    return function(function(x))


def test_a_function_can_be_a_setting():
    model = compiled(["tanh"], {"x": TensorType((3,))})
    step = replace(model.program.steps[0], call=Call(apply_twice, function=tanh))
    text = to_python(replace(model, program=replace(model.program, steps=(step,))))
    assert 'x = apply_twice(inputs["x"], function=tanh)' in text
    assert "def tanh(" in text


def test_settings_that_are_no_values_are_refused():
    model = compiled(["tanh"], {"x": TensorType((3,))})
    step = replace(model.program.steps[0], call=Call(apply_twice, function={tanh}))
    with pytest.raises(EmitError, match="cannot be written"):
        to_python(replace(model, program=replace(model.program, steps=(step,))))


def test_printing_twice_gives_the_same_text():
    model = compiled_file(SPECS / "convnet.yaml")
    assert to_python(model) == to_python(model)
