import time

import pytest

from kc.compiler.graph.build import MAX_NODES
from tests.specs import built, checking, ids, text_at


def spec(layers: str, inputs: str = "{x: [4]}", rest: str = "") -> str:
    return f"kc: 1\nmodel:\n  inputs: {inputs}\n  layers: {layers}\n{rest}"


def edges(text: str) -> dict[str, tuple[str, ...]]:
    _, graph, found = built(text)
    assert not found
    return {node.name: node.inputs for node in graph.nodes}


TWO = "{x: [4], y: [4]}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(spec("[{dense: 3}, relu]"),
                     {"dense": ("x",), "relu": ("dense",)}, id="a chain"),
        pytest.param(spec("[{dense: 3}, {dense: 3}, {dense: 3}]"),
                     {"dense": ("x",), "dense_1": ("dense",), "dense_2": ("dense_1",)},
                     id="numbered names"),
        pytest.param(spec("[{dense: 3, name: dense_1}, {dense: 3}, {dense: 3}]"),
                     {"dense_1": ("x",), "dense": ("dense_1",), "dense_2": ("dense",)},
                     id="a number that is taken"),
        pytest.param(spec("[{dense: 3, name: a}, {dense: 3, from: x}, {add: {}, from: [a, x]}]"),
                     {"a": ("x",), "dense": ("x",), "add": ("a", "x")}, id="from"),
        pytest.param(spec("[{dense: 3}, {add: {}, from: [previous, dense]}]"),
                     {"dense": ("x",), "add": ("dense", "dense")}, id="previous"),
        pytest.param(spec("[{add: {}, from: [x, y]}, {dense: 1}]", TWO),
                     {"add": ("x", "y"), "dense": ("add",)}, id="two inputs"),
        pytest.param(spec("[{residual: [{dense: 4}, relu]}, {dense: 1}]"),
                     {"residual/dense": ("x",), "residual/relu": ("residual/dense",),
                      "residual/add": ("x", "residual/relu"), "dense": ("residual/add",)},
                     id="residual"),
        pytest.param(spec("[{residual: [{residual: [{dense: 4}]}], name: a}]"),
                     {"a/residual/dense": ("x",), "a/residual/add": ("x", "a/residual/dense"),
                      "a/add": ("x", "a/residual/add")}, id="residual in a residual"),
        pytest.param(spec("[{residual: [{dense: 4, from: input}]}]"),
                     {"residual/dense": ("x",), "residual/add": ("x", "residual/dense")},
                     id="the input of a list"),
        pytest.param(spec("[{use: enc, from: x, name: a}, {use: enc, from: y, name: b}, "
                          "{add: {}, from: [a, b]}]", TWO, "  shared: {enc: [{dense: 3}, relu]}"),
                     {"a/dense": ("x",), "a/relu": ("a/dense",), "b/dense": ("y",),
                      "b/relu": ("b/dense",), "add": ("a/relu", "b/relu")},
                     id="a shared part"),
        pytest.param(spec("[{use: residual, name: a}, {residual: [{dense: 4}]}, relu]",
                          rest="  shared: {residual: [{dense: 4}]}"),
                     {"a/dense": ("x",), "residual_1/dense": ("a/dense",),
                      "residual_1/add": ("a/dense", "residual_1/dense"),
                      "relu": ("residual_1/add",)},
                     id="a list of layers is not named like a shared part"),
        pytest.param(spec("[{dense: 3}]", rest="data: {source: digits, preprocess: "
                          "{x: [{rescaling: 2}, relu]}}"),
                     {"preprocess/x/rescaling": ("x",),
                      "preprocess/x/relu": ("preprocess/x/rescaling",),
                      "dense": ("preprocess/x/relu",)}, id="preprocessing"),
    ],
)  # fmt: skip
def test_items_become_nodes(text, expected):
    assert edges(text) == expected


def test_uses_of_a_shared_part_have_one_scope():
    rest = "  shared: {enc: [{dense: 3}, {dense: 3}]}"
    layers = "[{use: enc, from: x}, {use: enc, from: y}, {dense: 3}]"
    _, graph, _ = built(spec(layers, TWO, rest))
    assert [node.scope for node in graph.nodes] == [
        "enc/dense", "enc/dense_1", "enc/dense", "enc/dense_1", "dense",
    ]  # fmt: skip
    assert [node.name for node in graph.nodes][:3] == ["enc/dense", "enc/dense_1", "enc_1/dense"]


def test_a_node_knows_its_place():
    _, graph, _ = built(spec("[{dense: 3}, {residual: [relu]}]"))
    assert [text_at(node.span) for node in graph.nodes] == ["dense", "relu", "residual"]


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        pytest.param("", {"b": "b"}, id="the last item"),
        pytest.param("outputs: a", {"a": "a"}, id="one"),
        pytest.param("outputs: [a, b]", {"a": "a", "b": "b"}, id="a list"),
        pytest.param("outputs: {left: a, right: b}", {"left": "a", "right": "b"}, id="a map"),
        pytest.param("outputs: x", {"x": "x"}, id="an input"),
    ],
)
def test_outputs_name_items(outputs, expected):
    _, graph, found = built(spec("[{dense: 3, name: a}, {dense: 3, name: b}]", rest=f"  {outputs}"))
    assert not found
    assert graph.outputs == expected


def test_an_output_without_name_is_called_after_its_kind():
    _, graph, _ = built(spec("[{dense: 3}, {dense: 1}]"))
    assert graph.outputs == {"dense_1": "dense_1"}


def test_an_output_inside_of_a_part_is_called_after_the_item():
    rest = "  shared: {enc: [{dense: 3}, relu]}"
    _, graph, _ = built(spec("[{use: enc, name: code}]", rest=rest))
    assert graph.outputs == {"code": "code/relu"}


SHARED = "  shared: {enc: [{dense: 3}]}"


@pytest.mark.parametrize(
    ("text", "code", "message", "help"),
    [
        pytest.param(spec("[{dense: 4, name: hidden}, {dense: 1, from: hiden}]"), "KC210",
                     "nothing above is called `hiden`", "did you mean `hidden`?",
                     id="unknown from"),
        pytest.param(spec("[{dense: 4, from: b, name: a}, {dense: 4, from: x, name: b}]"), "KC210",
                     "`b` stands below", "move `b` above this item", id="from below"),
        pytest.param(spec("[{add: {}, from: [x, b], name: a}, {dense: 4, from: a, name: b}]"),
                     "KC211", "items wait for each other: a -> b -> a", None, id="a circle"),
        pytest.param(spec("[{add: {}, from: [x, b], name: a}, {dense: 4, name: b}]"),
                     "KC211", "items wait for each other: a -> b -> a", None,
                     id="a circle by order"),
        pytest.param(spec("[{add: {}, from: [x, a], name: a}]"), "KC211",
                     "items wait for each other: a -> a", None, id="a circle of one"),
        pytest.param(spec("[{dense: 1}]", TWO), "KC210", None, None, id="which input"),
        pytest.param(spec("[{dense: 4, name: a}, {dense: 4, name: a}]"), "KC212",
                     "`a` is the name of something above", "choose another `name`",
                     id="duplicate name"),
        pytest.param(spec("[{dense: 4, name: x}]"), "KC212",
                     "`x` is the name of something above", "choose another `name`",
                     id="the name of an input"),
        pytest.param(spec("[{dense: 4, name: a}]", rest="  outputs: [b]"), "KC213",
                     "no item is called `b`", None, id="unknown output"),
        pytest.param(spec("[{use: encodr}]", rest=SHARED), "KC214",
                     "no shared part is called `encodr`", "did you mean `enc`?",
                     id="unknown part"),
        pytest.param(spec("[{use: enc}]"), "KC214", "no shared part is called `enc`",
                     "define it: `shared: {enc: [...]}`", id="no parts"),
        pytest.param(spec("[{use: a}]", rest="  shared: {a: [{use: a}]}"), "KC211", None, None,
                     id="a part of itself"),
        pytest.param(spec("[{dense: 4, from: [x, y]}]", TWO), "KC302",
                     "dense takes 1 input, not 2", None, id="too many inputs"),
        pytest.param(spec("[{add: {}}]"), "KC302", "add takes at least 2 inputs, not 1", None,
                     id="too few inputs"),
        pytest.param(spec("[{residual: [relu], from: [x, y]}]", TWO), "KC302", None, None,
                     id="a list with two inputs"),
        pytest.param(spec("[{dense: 4}]", rest="data: {source: digits, preprocess: {y: [relu]}}"),
                     "KC210", "the model has no input `y`", None, id="preprocess of no input"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_reported_once(text, code, message, help):
    (finding,) = [f for f in checking(text) if f.severity == "error"]
    assert finding.code.id == code
    assert message is None or finding.message == message
    assert help is None or finding.help == help


def test_items_behind_a_bad_one_are_not_reported():
    layers = "[{dense: 4, from: q, name: a}, {dense: 3}, relu, {add: {}, from: [a, x]}]"
    assert ids(checking(spec(layers))) == ["KC210"]


def test_independent_mistakes_are_all_reported():
    layers = "[{dense: 4, from: p}, {dense: 4, from: q}, {dense: 4, from: x}]"
    assert ids(checking(spec(layers))) == ["KC210", "KC210"]


@pytest.mark.parametrize("uses", [5, 6])
def test_layers_are_counted_with_every_use(uses):
    """1,000 layers, used 5 times: the limit."""
    assert MAX_NODES == 5_000
    rest = f"  shared: {{part: [{', '.join(['relu'] * 1_000)}]}}"
    layers = ", ".join(["{use: part}"] * uses)
    found = built(spec(f"[{layers}]", rest=rest))[2]
    assert ids(found) == ([] if uses == 5 else ["KC305"])


def test_parts_that_double_end_at_once():
    parts = [f"p{i}: [{{use: p{i - 1}}}, {{use: p{i - 1}}}]" for i in range(1, 30)]
    text = spec("[{use: p29}]", rest="  shared: {p0: [relu], " + ", ".join(parts) + "}")
    begin = time.monotonic()
    assert "KC305" in ids(checking(text))
    assert time.monotonic() - begin < 5
