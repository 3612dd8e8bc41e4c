"""Blocks and repeats inside of each other: functions and loops that compute what kc runs."""

from __future__ import annotations

import textwrap

import pytest

from kc.compiler.pipeline import Compiled, compile
from kc.core import codes
from kc.core.diagnostic import CompileError, Report
from kc.core.span import SourceText
from kc.emit.python import to_python
from tests.emit.same import assert_same_model, assert_same_training

SPEC = """\
kc: 1
blocks:
  unit:
    layers: [{dense: {units: 4, use_bias: false}}, batch_normalization, {dropout: 0.1}]
  pair:
    layers: [unit, {unit: {}, repeat: 2}, tanh]
model:
  inputs: {x: [4]}
  shared: {encoder: [SHARED]}
  layers:
    LAYERS
    - dense: 1
training:
  loss: mean_squared_error
  optimizer: {sgd: {global_clipnorm: 1.0}}
"""


def model(layers: str, shared: str = "dense: 4") -> Compiled:
    items = textwrap.indent(textwrap.dedent(layers).strip(), "    ").strip()
    text = SPEC.replace("LAYERS", items).replace("SHARED", shared)
    return compile(SourceText("spec.yaml", text), (), Report())


def applied(compiled: Compiled) -> str:
    """The printed functions of parts, and ``apply``, with calls on one line."""
    text = to_python(compiled)
    lines = text[text.index("    return params, state\n") : text.index("# Training")].split()
    return " ".join(lines).replace("( ", "(").replace(", )", ")")


LINES = {
    "a repeat in a repeated block": (
        "- {pair: {}, repeat: 3}",
        [
            'for number in range(2): x = unit(x, params["unit_1"][str(number)],',
            "stream + number + 1, key, train, valid)",
            'for number in range(3): x = pair(x, params["pair"][str(number)],',
            "3 * number, key, train, valid)",
        ],
    ),
    "a repeat whose repetitions differ": (
        """
        - residual: [{unit: {}, repeat: 2}, {dense: {units: 4, activation: $a}}]
          for: {a: [relu, tanh]}
        """,
        ['unit(x, params["residual"]["1"]["unit"][str(number)]', "number + 2, key"],
    ),
    "a repeated list of layers": (
        "- {residual: [{residual: [pair], repeat: 2}, tanh], repeat: 2}",
        ["def residual(given, params, state, stream", "x = residual(x, params", "residual_1(x, "],
    ),
    "layers with a state and with randomness, repeated": (
        "- {batch_normalization: {}, repeat: 2, name: norm}\n- {dropout: 0.1, repeat: 3}",
        ["[str(number)] = batch_normalization(x,", "fold_in(key, number)"],
    ),
}


@pytest.mark.parametrize(("layers", "lines"), LINES.values(), ids=LINES)
def test_parts_are_functions_and_loops(layers, lines):
    compiled = model(layers)
    text = applied(compiled)
    for line in lines:
        assert line in text
    assert_same_model(compiled)


def test_layers_that_make_masks_are_written_out():
    layers = "- reshape: [2, 2]\n- dense: 4\n- {masking: {mask_value: 1}, repeat: 2}\n- lstm: 4"
    compiled = model(layers)
    assert "for number" not in applied(compiled)
    assert_same_model(compiled)


def test_a_shared_part_in_blocks_is_found_from_the_top():
    compiled = model("- pair\n- {block: [unit, {use: encoder}]}\n- {use: encoder}", "unit: {}")
    text = applied(compiled)
    assert text.count('params["encoder"]["unit"]') == 2
    assert_same_training(compiled)


def test_repetitions_are_stored_in_the_order_of_their_names():
    """`10` before `2`: optimizers that add up all gradients add in this order."""
    assert_same_training(model("- {unit: {}, repeat: 12}"))


def test_a_layer_called_like_a_shared_part_keeps_functions_away():
    compiled = model("- {use: encoder, name: a}\n- {dense: 4, name: encoder}\n- pair")
    assert "def pair" not in applied(compiled)
    assert_same_model(compiled)


def test_items_that_are_computed_again_need_names_of_their_own():
    layers = "- {use: encoder, name: a}\n- {dense: 4, name: encoder}\n- {pair: {}, remat: true}"
    with pytest.raises(CompileError) as caught:
        to_python(model(layers))
    (found,) = caught.value.report
    assert found.code is codes.DUPLICATE_NAME
    assert "`encoder`" in found.message


def test_functions_of_items_hide_no_names_of_python():
    layers = "- {dense: 4, name: print, remat: true}\n- {dense: 4, name: lambda, remat: true}"
    text = applied(model(layers))
    assert "def print_1(x, params):" in text
    assert_same_model(model(layers))


@pytest.mark.parametrize("key", ["precision: bfloat16", "trainable: false", "remat: true"])
def test_keys_beside_a_block_reach_the_layers_of_those_inside(key):
    compiled = model(f"- {{pair: {{}}, {key}}}\n- pair")
    assert_same_training(compiled)


def test_functions_show_shapes_where_all_uses_agree():
    same, other = model("- pair\n- pair"), model("- pair\n- reshape: [2, 2]\n- pair\n- flatten")
    line = "# spec.yaml:6 -> (batch, 4)"
    assert line in applied(same)
    assert line not in applied(other)
    assert "def pair_1" not in applied(other)
