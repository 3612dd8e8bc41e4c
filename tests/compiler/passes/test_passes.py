import json

import jax
import pytest

from kc.compiler.graph.graph import Graph, Node
from kc.compiler.lower import bind
from kc.compiler.lower.lower import lower
from kc.compiler.passes.drop_unused import drop_unused
from kc.compiler.passes.facts import measure
from kc.compiler.passes.verify import verify
from kc.compiler.pipeline import compile
from kc.core.diagnostic import Report
from kc.core.span import SourceText
from kc.core.types import TensorType
from kc.library.layers.dense import Dense
from tests.specs import checking, ids, text_at, typed

X = TensorType((4,))


def spec(layers: str, inputs: str = "{x: [4]}", rest: str = "") -> str:
    return f"kc: 1\nmodel:\n  inputs: {inputs}\n  layers: {layers}\n{rest}"


def trained(layers: str, loss: str, rest: str = "") -> str:
    return spec(layers, rest=f"training: {{loss: {loss}{rest}}}")


IMAGE = "{image: [8, 8, 3]}"


# shapes


def test_types_flow_forward():
    graph = typed(spec("[{conv2d: [5, 3]}, flatten, {dense: 7}]".replace(
        "[5, 3]", "{filters: 5, kernel_size: 3}"), IMAGE))  # fmt: skip
    assert [str(node.output) for node in graph.nodes] == [
        "float32[batch, 6, 6, 5]", "float32[batch, 180]", "float32[batch, 7]",
    ]  # fmt: skip
    assert {n: str(t) for n, t in graph.output_types.items()} == {"dense": "float32[batch, 7]"}


def test_a_wrong_shape_is_reported_with_its_cause():
    (finding,) = checking(spec("[flatten, {conv2d: {filters: 3, kernel_size: 3}}]", IMAGE))
    assert finding.code.id == "KC301"
    assert finding.message.startswith("conv2d needs")
    assert [text_at(label.span) for label in finding.labels] == ["conv2d", "flatten"]
    assert finding.labels[1].text == "`flatten` is float32[batch, 192]"


def test_one_wrong_shape_is_reported_once():
    layers = "[flatten, {conv2d: {filters: 3, kernel_size: 3}, name: c}, relu, flatten, {dense: 2}]"
    assert ids(checking(spec(layers, IMAGE))) == ["KC301"]


def test_independent_wrong_shapes_are_all_reported():
    bad = "{conv2d: {filters: 3, kernel_size: 3}, from: x}"
    layers = f"[{bad}, {bad}, {{dense: 3, from: x}}]"
    assert [i for i in ids(checking(spec(layers))) if i == "KC301"] == ["KC301", "KC301"]


@pytest.mark.parametrize(
    ("layers", "inputs", "code"),
    [
        ("[{dense: 1000000000}, {dense: 1000000000}]", "{x: [4]}", "KC303"),
        ("[{dense: 1}]", "{x: [2000000, 2000000]}", "KC303"),
        ("[flatten]", "{x: [2000000000, 2000000000]}", "KC303"),
    ],
)
def test_a_tensor_beyond_2_to_the_40_is_refused(layers, inputs, code):
    assert code in ids(checking(spec(layers, inputs)))


def test_uses_of_a_shared_part_need_one_shape():
    text = spec("[{use: e, from: x}, {use: e, from: y}]", "{x: [4], y: [5]}",
                "  shared: {e: [{dense: 3}]}")  # fmt: skip
    finding = next(f for f in checking(text) if f.severity == "error")
    assert finding.code.id == "KC304"


# unused


def test_nodes_that_no_output_needs_are_dropped():
    text = spec("[{dense: 3, name: unused}, {dense: 2, from: x, name: used}]")
    (finding,) = checking(text)
    assert (finding.code.id, finding.message) == ("KC801", "nothing reads `unused`")
    assert [node.name for node in typed(text).nodes] == ["used"]


def test_a_dead_branch_is_reported_at_its_end():
    layers = "[{dense: 3, name: a}, {dense: 3, name: b}, {dense: 2, from: x, name: c}]"
    (finding,) = checking(spec(layers))
    assert finding.message == "nothing reads `b`"
    assert [node.name for node in typed(spec(layers)).nodes] == ["c"]


def test_an_input_that_nothing_reads_is_reported():
    (finding,) = checking(spec("[{dense: 3, from: x}]", "{x: [4], y: [4]}"))
    assert (finding.code.id, finding.message) == ("KC801", "nothing reads the input `y`")
    assert text_at(finding.span) == "y"


# lints


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        pytest.param(trained("[{dense: {units: 3, activation: softmax}}]",
                             "sparse_categorical_crossentropy"), [], id="softmax"),
        pytest.param(trained("[{dense: 3}]", "sparse_categorical_crossentropy"), ["KC803"],
                     id="no softmax"),
        pytest.param(trained("[{dense: 3}]",
                             "{sparse_categorical_crossentropy: {from_logits: true}}"), [],
                     id="logits"),
        pytest.param(trained("[{dense: {units: 3, activation: softmax}}]",
                             "{sparse_categorical_crossentropy: {from_logits: true}}"), ["KC802"],
                     id="softmax under logits"),
        pytest.param(trained("[{dense: 3}, softmax]", "sparse_categorical_crossentropy"), [],
                     id="softmax as a layer"),
        pytest.param(trained("[{dense: 3}, softmax, {dropout: 0.1}]",
                             "{categorical_crossentropy: {from_logits: true}}"),
                     ["KC802", "KC814"], id="softmax behind dropout"),
        pytest.param(trained("[{dense: 1}]", "binary_crossentropy"), ["KC803"], id="no sigmoid"),
        pytest.param(trained("[{dense: 1}]", "mean_squared_error"), [], id="no probabilities"),
        pytest.param(spec("[{dense: 3}, batch_normalization]"), ["KC804"], id="useless bias"),
        pytest.param(spec("[{dense: {units: 3, use_bias: false}}, batch_normalization]"), [],
                     id="no bias"),
        pytest.param(spec("[{reshape: [4, 1]}, "
                          "{locally_connected1d: {filters: 2, kernel_size: 3}}, "
                          "batch_normalization]"), [], id="a bias per place"),
        pytest.param(spec("[{conv2d: {filters: 2, kernel_size: 3, data_format: channels_first}}, "
                          "batch_normalization]", IMAGE), [], id="a bias along another axis"),
        pytest.param(spec("[{dense: {units: 3, activation: relu}}, batch_normalization]"), [],
                     id="a bias that counts"),
    ],
)  # fmt: skip
def test_what_is_suspicious_is_a_warning(text, codes):
    found = checking(text)
    assert ids(found) == codes
    assert all(f.severity == "warning" for f in found)


# training


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(trained("[{dense: 1}]", "sparse_categorical_crossentropy"), "KC509",
                     id="classes of one unit"),
        pytest.param(trained("[{dense: 1}]", "{other: mean_squared_error}"), "KC213",
                     id="a loss of no output"),
        pytest.param(trained("[{dense: 1}]", "mean_squared_error",
                             ", callbacks: [{early_stopping: {monitor: val_acc}}]"), "KC510",
                     id="a monitor that nobody logs"),
        pytest.param(spec("[{dense: 1, name: a}, {dense: 1, name: b}]",
                          rest="  outputs: [a, b]\ntraining: {loss: mean_squared_error}"),
                     "KC213", id="one loss for two outputs"),
        pytest.param(spec("[{dense: 1, name: a}, {dense: 1, name: b}]",
                          rest="  outputs: [a, b]\ntraining: {loss: {a: mean_squared_error}, "
                          "metrics: {b: [accuracy]}}"), "KC213", id="metrics without a loss"),
        pytest.param(trained("[{dense: 3}]", "sparse_categorical_crossentropy",
                             ", metrics: [mean_squared_error]"), "KC517",
                     id="a metric for other targets"),
        pytest.param(trained("[{dense: 1}]", "sparse_categorical_crossentropy",
                             ", metrics: [sparse_categorical_accuracy]"), "KC509",
                     id="a metric beside a loss that does not fit"),
    ],
)  # fmt: skip
def test_training_has_to_fit_the_outputs(text, code):
    assert [f.code.id for f in checking(text) if f.severity == "error"] == [code]


def test_metrics_of_one_kind_are_numbered_by_output():
    training = {
        "loss": {"a": "binary_crossentropy", "b": "binary_crossentropy"},
        "metrics": {"a": [{"recall": 0.2}, {"recall": 0.5}, "auc"], "b": ["recall"]},
    }
    text = spec("[{dense: 1, name: a}, {dense: 1, name: b}]",
                rest=f"  outputs: [a, b]\ntraining: {json.dumps(training)}")  # fmt: skip
    program = compile(SourceText("test.yaml", text), (), Report()).training
    assert program is not None
    names = [metric.log_name for metric in program.metrics]
    assert names == ["a_recall", "a_recall_1", "a_auc", "b_recall"]


# facts


@pytest.mark.parametrize(
    ("layers", "inputs", "parameters", "flops"),
    [
        pytest.param("[{dense: 10}]", "{x: [4]}", 4 * 10 + 10, 2 * 4 * 10 + 10, id="dense"),
        pytest.param("[{dense: {units: 10, use_bias: false}}]", "{x: [4]}", 40, 80, id="no bias"),
        pytest.param("[{dense: 10}]", "{x: [3, 4]}", 50, 3 * 90, id="dense on two axes"),
        pytest.param("[{conv2d: {filters: 5, kernel_size: 3}}]", IMAGE, 3 * 3 * 3 * 5 + 5,
                     6 * 6 * 5 * (2 * 27 + 1), id="conv2d"),
        pytest.param("[{conv2d: {filters: 6, kernel_size: [1, 2], groups: 3, padding: same, "
                     "strides: 2, use_bias: false}}]", IMAGE, 1 * 2 * 1 * 6, 4 * 4 * 6 * 2 * 2,
                     id="grouped conv2d"),
        pytest.param("[flatten]", IMAGE, 0, 0, id="flatten"),
    ],
)  # fmt: skip
def test_parameters_and_flops_are_those_counted_by_hand(layers, inputs, parameters, flops):
    facts = measure(typed(spec(layers, inputs)))
    assert (facts.parameters, facts.flops) == (parameters, flops)


def test_state_is_counted_beside_parameters():
    facts = measure(typed(spec("[batch_normalization]")))
    assert (facts.parameters, facts.state) == (8, 8)


def test_shared_weights_count_once_and_their_work_twice():
    text = spec("[{use: e}, {use: e}]", rest="  shared: {e: [{dense: 4}]}")
    once = measure(typed(spec("[{dense: 4}]")))
    twice = measure(typed(text))
    assert twice.parameters == once.parameters
    assert twice.flops == 2 * once.flops


def test_activations_are_the_outputs_of_all_nodes_and_the_inputs():
    facts = measure(typed(spec("[{dense: 10}, relu]")))
    assert facts.activation_bytes == 4 * (4 + 10 + 10)


def test_what_is_computed_again_is_kept_one_item_at_a_time():
    layers = "[{block: [{dense: 10}, tanh, {dense: 3}], repeat: 4REMAT}, {dense: 5}]"
    plain = measure(typed(spec(layers.replace("REMAT", ""))))
    again = measure(typed(spec(layers.replace("REMAT", ", remat: true"))))
    assert plain.kept_bytes == plain.activation_bytes == again.activation_bytes
    assert again.kept_bytes == 4 * (4 + 4 * 3 + 20 + 5)
    saved = plain.training_bytes(32) - again.training_bytes(32)
    assert saved == 32 * 4 * 3 * 20


def test_of_unknown_sizes_the_one_that_may_be_largest_counts():
    layers = "[{conv1d: {filters: 8, kernel_size: 1, activation: relu}, remat: true, repeat: 3}"
    facts = measure(typed(spec(f"{layers}]", "{x: [time, 2]}")))
    assert facts.kept_bytes == facts.activation_bytes
    inside = "{block: [{conv1d: {filters: N, kernel_size: 1}}, relu], remat: true}"
    items = ", ".join(inside.replace("N", str(n)) for n in (4, 16, 8))
    facts = measure(typed(spec(f"[{items}]", "{x: [time, 2]}")))
    assert str(facts.kept_bytes) == f"{4 * (2 + 4 + 16 + 8 + 16)}*time"


CONVNET = """[
  {conv2d: {filters: 16, kernel_size: 3, padding: same, activation: relu}}, {max_pooling2d: 2},
  {conv2d: {filters: 32, kernel_size: 3, activation: relu}}, flatten, {dense: 10}]"""


def test_flops_are_those_of_xla():
    graph = typed(spec(CONVNET, "{image: [32, 32, 3]}"))
    program = lower(graph)
    params, state = jax.eval_shape(lambda: bind.init(program, jax.random.key(0)))
    batch = {"image": jax.ShapeDtypeStruct((1, 32, 32, 3), "float32")}
    forward = jax.jit(lambda p, s, x: bind.apply(program, p, s, x)[0])
    cost = forward.lower(params, state, batch).compile().cost_analysis()
    assert measure(graph).flops == pytest.approx(cost["flops"], rel=0.1)


# verify


def node(name: str, *inputs: str) -> Node:
    return Node(name, Dense(1), inputs, name, None)


@pytest.mark.parametrize(
    ("nodes", "outputs", "message"),
    [
        ((node("a", "b"), node("b", "x")), {"b": "b"}, "a reads what does not stand earlier"),
        ((node("a", "x"), node("a", "x")), {"a": "a"}, "a is defined twice"),
        ((node("x", "x"),), {"x": "x"}, "x is defined twice"),
        ((node("a", "x"),), {"b": "b"}, "an output is not defined"),
    ],
)
def test_a_broken_graph_is_a_defect(nodes, outputs, message):
    with pytest.raises(AssertionError, match=message):
        verify(Graph({"x": X}, nodes, outputs))


def test_a_whole_graph_passes():
    verify(Graph({"x": X}, (node("a", "x"), node("b", "a", "x")), {"b": "b"}))


def test_passes_return_new_graphs():
    graph = Graph({"x": X}, (node("a", "x"), node("b", "x")), {"b": "b"})
    assert [n.name for n in drop_unused(graph, Report()).nodes] == ["b"]
    assert [n.name for n in graph.nodes] == ["a", "b"]
