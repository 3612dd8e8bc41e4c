"""Blocks, repeats and conditions: what an item becomes."""

from __future__ import annotations

import time

import pytest

from kc.compiler.graph.graph import Iteration
from tests.specs import checking, composing, ids, typed, value_of

MODEL = "kc: 1\n{top}\nmodel:\n  inputs: {{x: [4]}}\n  layers: [{layers}]\n"


def model(layers: str, top: str = "") -> str:
    return MODEL.format(layers=layers, top=top)


def names(layers: str, top: str = "") -> list[str]:
    return [node.name for node in typed(model(layers, top)).nodes]


def items(layers: str, top: str = "") -> object:
    return value_of(model(layers, top))["model"]["layers"]


UNIT = "blocks: {unit: {params: {n: 4, rate: 0.5}, layers: [{dense: $n}, {dropout: $rate}]}}"


@pytest.mark.parametrize(
    ("use", "n", "rate"),
    [
        ("unit", 4, 0.5),
        ("unit: ", 4, 0.5),
        ("unit: 8", 8, 0.5),
        ("unit: {n: 8}", 8, 0.5),
        ("unit: {rate: 0}", 4, 0),
        ("unit: 2*4", 8, 0.5),
        ("unit: {n: 2*$w, rate: 1/4}", 12, 0.25),
        ("unit: $both", 3, 0.1),
    ],
)
def test_a_block_is_written_out(use, n, rate):
    top = UNIT + "\nvars: {w: 6, both: {n: 3, rate: 0.1}}"
    item = items(use if ":" not in use else f"{{{use}}}", top)[0]
    assert item == {"block": {"of": "unit", "layers": ({"dense": n}, {"dropout": rate})}}


def test_defaults_see_the_parameters_before_them():
    top = "blocks: {u: {params: {a: int, b: 2*$a, c: $b + 1}, layers: [{dense: $a + $b + $c}]}}"
    assert items("{u: 2}", top)[0]["block"]["layers"] == ({"dense": 11},)


@pytest.mark.parametrize(
    ("type", "value", "fits"),
    [
        ("int", "3", True), ("int", "3.0", False), ("int", "6//2", True), ("int", "true", False),
        ("float", "3", True), ("float", "0.5", True), ("float", "x", False),
        ("bool", "true", True), ("bool", "1", False), ("str", "relu", True), ("str", "3", False),
        ("list", "[1]", True), ("list", "1", False), ("map", "{a: 1}", True), ("any", "[1]", True),
        ("3", "4", True), ("3", "4.5", False), ("0.5", "4", True), ("1/16", "0.3", True),
        ("relu", "tanh", True), ("relu", "3", False), ("[1]", "[2]", True), ("true", "1", False),
        ("null", "3", True),
    ],
)  # fmt: skip
def test_arguments_have_types(type, value, fits):
    top = f"blocks: {{u: {{params: {{p: {type}}}, layers: [{{reshape: $p}}]}}}}"
    text = model(f"{{u: {{p: {value}}}}}", top)
    assert ids(composing(text)) == ([] if fits else ["KC103"])


def test_names_are_those_of_the_use():
    assert names("unit, unit, {unit: 4, name: last}", UNIT) == [
        "unit/dense", "unit/dropout", "unit_1/dense", "unit_1/dropout", "last/dense",
        "last/dropout",
    ]  # fmt: skip


def test_blocks_hold_blocks():
    top = UNIT[:-1] + ", two: {params: {n: int}, layers: [{unit: $n}, {unit: 2*$n}]}}"
    assert [n for n in names("{two: 3}", top) if "dense" in n] == [
        "two/unit/dense", "two/unit_1/dense",
    ]  # fmt: skip


def test_blocks_stand_where_items_do():
    text = model("{use: part}, {residual: [unit]}, unit", UNIT).replace(
        "  layers:", "  shared: {part: [unit]}\n  layers:"
    )
    assert len(typed(text).nodes) == 7
    assert len(typed(model("$list", UNIT + "\nvars: {list: [unit, relu]}").replace(
        "[$list]", "$list")).nodes) == 3  # fmt: skip


def test_an_item_may_come_from_a_variable():
    assert names("$a, $b", UNIT + "\nvars: {a: unit, b: {dense: 4, repeat: 2}}")[-2:] == [
        "dense/0", "dense/1",
    ]  # fmt: skip


def test_a_block_may_take_several_inputs():
    top = (
        "blocks: {join: {inputs: [l, r], layers: [{dense: 4, from: l, name: a}, "
        "{add: {}, from: [a, r]}]}}"
    )
    graph = typed(model("{join: , from: [x, x]}, {join: , from: [previous, x], repeat: 2}", top))
    assert [(n.name, n.inputs) for n in graph.nodes] == [
        ("join/a", ("x",)), ("join/add", ("join/a", "x")),
        ("join_1/0/a", ("join/add",)), ("join_1/0/add", ("join_1/0/a", "x")),
        ("join_1/1/a", ("join_1/0/add",)), ("join_1/1/add", ("join_1/1/a", "x")),
    ]  # fmt: skip


def test_a_repeat_numbers_its_items():
    found = items("{dense: 4 + $i, repeat: 2, name: a, trainable: false}")
    layers = ({"dense": 4, "trainable": False}, {"dense": 5, "trainable": False})
    assert found == ({"repeated": {"of": "dense", "layers": layers}, "name": "a"},)


def test_nodes_know_their_repetition():
    top = UNIT.replace("{dropout: $rate}", "{dropout: $rate, repeat: 2}")
    graph = typed(model("{unit: 4, repeat: 2, name: a}, {dense: 1, repeat: 1}", top))
    assert {n.name: [(i.path, i.number) for i in n.iterations] for n in graph.nodes} == {
        f"a/{i}/dense": [("a", i)] for i in range(2)
    } | {
        f"a/{i}/dropout/{j}": [("a", i), (f"a/{i}/dropout", j)] for i in range(2) for j in range(2)
    } | {"dense/0": [("dense", 0)]}  # fmt: skip
    assert all(i.scope == i.path for node in graph.nodes for i in node.iterations)


def test_a_repeat_in_a_shared_part_has_the_scope_of_the_part():
    text = "kc: 1\nmodel: {inputs: {x: [4]}, shared: {s: [{dense: 4, repeat: 2}]}, layers: [USE]}"
    graph = typed(text.replace("USE", "{use: s, name: a}"))
    assert [node.iterations for node in graph.nodes] == [
        (Iteration("s/dense", "a/dense", number),) for number in range(2)
    ]


def test_each_repetition_has_weights_of_its_own_unless_shared():
    assert {n.scope for n in typed(model("{dense: 4, repeat: 3}")).nodes} == {
        "dense/0", "dense/1", "dense/2",
    }  # fmt: skip
    text = model("{use: p, repeat: 3}").replace(
        "  layers:", "  shared: {p: [{dense: 4}]}\n  layers:"
    )
    assert {n.scope for n in typed(text).nodes} == {"p/dense"}


def test_no_repetition_passes_the_input_on():
    graph = typed(model("{dense: 2, name: a}, {dense: 9, repeat: 0, name: b}, {dense: 1, from: b}"))
    assert [(n.name, n.inputs) for n in graph.nodes] == [("a", ("x",)), ("dense", ("a",))]


def test_for_gives_names_their_values():
    found = items("{dense: $n + $i, for: {n: $ns, b: [1, 2]}}", "vars: {ns: [4, 8]}")
    assert found[0]["repeated"]["layers"] == ({"dense": 4}, {"dense": 9})


def test_a_block_sees_the_number_of_its_repeat():
    top = "blocks: {u: {layers: [{dense: 1 + $i}, {relu: , when: $i > 0}]}}"
    assert names("{u: , repeat: 2}", top) == ["u/0/dense", "u/1/dense", "u/1/relu"]


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        ("true", True), ("false", False), ("$yes", True), ("not $yes", False),
        ("$n > 2", True), ("$n > 2 and not $yes", False), ("$n == 3 or 1/0 == 0 - 1", None),
        ("$word == 'a b'", True), ('"$n % 2 != 0"', True),
    ],
)  # fmt: skip
def test_a_condition_keeps_an_item_or_not(condition, there):
    text = model(f"relu, {{dense: 4, when: {condition}}}", "vars: {yes: true, n: 3, word: a b}")
    if there is None:
        assert "KC205" in ids(composing(text))
    else:
        assert len(value_of(text)["model"]["layers"]) == 1 + there


def test_what_is_left_out_counts_as_used():
    top = "vars: {w: 3}\n" + UNIT
    found = composing(model("{unit: $w, when: false}, {dense: $w, repeat: 0}", top))
    assert found == []


def test_composed_keys_do_not_get_past_composing():
    (finding,) = checking(model("{time_distributed: {layer: {dense: 2, repeat: 2}}}"))
    assert "repeat" in finding.message or finding.code.id == "KC106"


def test_the_same_finding_of_several_uses_counts_once():
    top = "blocks: {u: {layers: [{dense: {unit: 3}}]}}"
    (finding,) = checking(model("u, u, {u: , repeat: 5}", top))
    assert [label.text for label in finding.labels] == ["", "used here"]


TENS = f"blocks:\n  a: {{layers: [{', '.join(['relu'] * 10)}]}}\n" + "".join(
    f"  {b}: {{layers: [{', '.join([a] * 10)}]}}\n" for a, b in zip("abcdef", "bcdefg", strict=True)
)
TWOS = "blocks:\n  a0: {layers: [relu]}\n" + "".join(
    f"  a{i}: {{layers: [a{i - 1}, a{i - 1}]}}\n" for i in range(1, 60)
)


@pytest.mark.parametrize(
    ("layers", "top", "code"),
    [
        pytest.param("{dense: 4, repeat: 10**18}", "", "KC011", id="a long repeat"),
        pytest.param("{g: , repeat: 10**4}, g", TENS, "KC011", id="powers of ten"),
        pytest.param("a59", TWOS, "KC012", id="powers of two"),
        pytest.param("{residual: [{residual: [{dense: 4, repeat: 1000}], repeat: 1000}], "
                     "repeat: 1000}", "", "KC011", id="repeats in repeats"),
        pytest.param("{b: , repeat: 1000}", "blocks: {a: {layers: [{relu: , when: false}]}, "
                     "b: {layers: [{a: , repeat: 1000}]}}", "KC011", id="nothing, often"),
        pytest.param("{dense: 4, repeat: 9**9**9}", "", "KC203", id="a tower"),
        pytest.param("a", "blocks: {a: {layers: [a]}}", "KC224", id="recursion"),
    ],
)  # fmt: skip
def test_bombs_are_refused_in_time(layers, top, code):
    start = time.process_time()
    assert code in ids(checking(model(layers, top)))
    assert time.process_time() - start < 4
