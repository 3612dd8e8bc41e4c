import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.diagnostic import CompileError
from kc.core.types import ShapeError, TensorType
from kc.library.layers.grouped_query_attention import GroupedQueryAttention
from kc.library.layers.multi_head_attention import MultiHeadAttention
from tests.emit.same import assert_same_model
from tests.library.layers.attending import Listed
from tests.library.layers.parity import assert_same
from tests.models import compiled, random_arrays, random_weights, run

HEADS = {"num_heads": 2, "key_dim": 3}
SELF, TWO, THREE = [(4, 5)], [(4, 5), (3, 6)], [(4, 5), (3, 6), (3, 2)]
CASES = [
    pytest.param({}, SELF, id="self"),
    pytest.param({}, TWO, id="query and value"),
    pytest.param({"use_bias": False}, THREE, id="query, value and key"),
    pytest.param({"output_shape": 7}, TWO, id="output shape"),
    pytest.param({"output_shape": (2, 3)}, SELF, id="output axes"),
    pytest.param({"sliding_window": 2}, SELF, id="window"),
    pytest.param({"use_gate": True}, TWO, id="gate"),
    pytest.param({"attention_axes": (2,)}, [(2, 4, 5), (2, 3, 5)], id="inner axis"),
    pytest.param({"attention_axes": 1}, [(2, 4, 5), (3, 4, 5)], id="outer axis"),
    pytest.param({"attention_axes": -2}, [(2, 4, 5)], id="from the end"),
    pytest.param({}, [(2, 3, 5), (4, 2, 5)], id="several axes"),
    pytest.param({"attention_axes": (1, 3)}, [(2, 2, 3, 4)], id="axes apart"),
]


def plain(arguments):
    return {n: list(v) if isinstance(v, tuple) else v for n, v in arguments.items()}


def item(kind, arguments, shapes):
    return {kind: plain(arguments), "from": [f"x{i}" for i in range(len(shapes))]}


@pytest.mark.parametrize(("arguments", "shapes"), CASES)
def test_multi_head_attention_computes_what_keras_computes(arguments, shapes):
    arguments = {**HEADS, **arguments}
    twin = Listed(keras.layers.MultiHeadAttention(**arguments))
    assert_same(item("multi_head_attention", arguments, shapes), twin, *shapes)


@pytest.mark.parametrize("shapes", [SELF, TWO], ids=["self", "cross"])
@pytest.mark.parametrize("window", [None, 2])
def test_a_causal_mask_is_that_of_keras(shapes, window):
    arguments = {**HEADS, "sliding_window": window}
    twin = Listed(keras.layers.MultiHeadAttention(**arguments), use_causal_mask=True)
    ours = {**arguments, "use_causal_mask": True}
    assert_same(item("multi_head_attention", ours, shapes), twin, *shapes)


def test_values_may_have_another_size_than_keys():
    # Keras 3.15 on JAX fails here where it takes its fused path; with several axes it does not.
    arguments = {**HEADS, "value_dim": 4}
    twin = Listed(keras.layers.MultiHeadAttention(**arguments))
    shapes = [(2, 3, 5), (2, 3, 5)]
    assert_same(item("multi_head_attention", arguments, shapes), twin, *shapes)
    inferred = MultiHeadAttention(**arguments).infer(TensorType((3, 5)))
    assert inferred.weights["output_kernel"].shape == (2, 4, 5)


def test_no_step_sees_later_ones():
    inputs = {"x": TensorType((4, 5))}
    layer = {"multi_head_attention": {**HEADS, "use_causal_mask": True}}
    program = compiled([layer], inputs).program
    rng = np.random.default_rng(0)
    weights, arrays = random_weights(program, rng), random_arrays(inputs, 2, rng)
    before, _ = run(program, *weights, arrays)
    arrays["x"][:, 2:] += 1
    after, _ = run(program, *weights, arrays)
    np.testing.assert_allclose(before[:, :2], after[:, :2], 1e-5, 1e-6)
    assert (np.abs(before[:, 2:] - after[:, 2:]) > 1e-3).any()


@pytest.mark.parametrize("kind", ["multi_head_attention", "grouped_query_attention"])
def test_masked_steps_are_skipped_as_in_keras(kind):
    if kind == "multi_head_attention":
        layer, twin = MultiHeadAttention(**HEADS), keras.layers.MultiHeadAttention(**HEADS)
    else:
        layer, twin = GroupedQueryAttention(**GROUPS), keras.layers.GroupQueryAttention(**GROUPS)
    rng = np.random.default_rng(0)
    query, value = (rng.normal(size=(2, n, 4)).astype("float32") for n in (3, 5))
    mask = np.array([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1]], bool)
    inferred = layer.infer(TensorType((3, 4)), TensorType((5, 4)))
    weights = {n: rng.normal(size=w.shape).astype("float32") for n, w in inferred.weights.items()}
    twin.build(query.shape, value.shape)
    twin.set_weights(list(weights.values()))
    call = layer.lower()
    ours = call.function(
        query, value, **weights, **call.settings, masks=(None, mask), key=None, train=False
    )
    np.testing.assert_allclose(ours, twin(query, value, value_mask=mask), 1e-4, 1e-5)


def test_the_mask_of_an_embedding_reaches_attention():
    ids = np.array([[1, 2, 0, 0], [3, 1, 2, 1]], "int32")
    inputs = {"ids": TensorType((4,), "int32")}
    layers = [
        {"embedding": {"input_dim": 4, "output_dim": 5, "mask_zero": True}},
        {"multi_head_attention": HEADS},
        {"grouped_query_attention": GROUPS},
        {"attention": {}, "from": ["previous", "previous"]},
    ]
    model = compiled(layers, inputs)
    assert_same_model(model)
    params, state = random_weights(model.program, np.random.default_rng(0))
    before, _ = run(model.program, params, state, {"ids": ids})
    params["embedding"]["embeddings"][0] += 1
    after, _ = run(model.program, params, state, {"ids": ids})
    np.testing.assert_allclose(before[:, :2], after[:, :2], 1e-5, 1e-6)
    # A masked query gives zero.
    np.testing.assert_array_equal(after[0, 2:], np.zeros((2, 5)))


def test_a_mask_is_for_one_axis_of_steps():
    layers = [
        {"embedding": {"input_dim": 4, "output_dim": 5, "mask_zero": True}},
        {"multi_head_attention": HEADS},
    ]
    with pytest.raises(CompileError, match="one axis of steps only"):
        compiled(layers, {"ids": TensorType((4, 3), "int32")})


@pytest.mark.parametrize("arguments", [{}, {"attention_axes": 1, "dropout": 0.3, "seed": 1}])
def test_multi_head_attention_is_printed_as_it_runs(arguments):
    layer = {"multi_head_attention": {**HEADS, **arguments}}
    assert_same_model(compiled([layer], {"x": TensorType((3, 4, 2))}))


@pytest.mark.parametrize(
    ("arguments", "shapes", "words"),
    [
        pytest.param({}, [(3, 4), (2, 5, 4)], "as many axes", id="ranks"),
        pytest.param({"attention_axes": -1}, [(3, 4)], "axis of features", id="features"),
        pytest.param({"attention_axes": 3}, [(3, 4)], "needs an axis 3", id="beyond"),
        pytest.param({"attention_axes": 1}, [(3, 2, 4), (3, 5, 4)], "differ", id="other axes"),
        pytest.param({"use_causal_mask": True}, [(3, 2, 4)], "which of the steps", id="causal"),
        pytest.param({}, [(3, 4), (5, 4), (6, 4)], "cannot pair", id="keys and values"),
        pytest.param({}, [(4,)], "needs axes of steps", id="no steps"),
    ],
)
def test_multi_head_attention_refuses_what_cannot_work(arguments, shapes, words):
    layer = MultiHeadAttention(**HEADS, **arguments)
    with pytest.raises(ShapeError, match=words):
        layer.infer(*(TensorType(shape) for shape in shapes))


GROUPS = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
GROUP_CASES = [
    pytest.param({}, SELF, id="self"),
    pytest.param({"use_bias": False}, THREE, id="query, value and key"),
    pytest.param({"num_key_value_heads": 1, "use_gate": True}, TWO, id="one head, gate"),
    pytest.param({"num_key_value_heads": 4, "sliding_window": 1}, SELF, id="as many, window"),
]


@pytest.mark.parametrize("use_causal_mask", [False, True], ids=["all steps", "causal"])
@pytest.mark.parametrize(("arguments", "shapes"), GROUP_CASES)
def test_grouped_query_attention_computes_what_keras_computes(arguments, shapes, use_causal_mask):
    arguments = {**GROUPS, **arguments}
    layer = keras.layers.GroupQueryAttention(**arguments)
    twin = Listed(layer, use_causal_mask=use_causal_mask)
    ours = {**arguments, "use_causal_mask": use_causal_mask}
    assert_same(item("grouped_query_attention", ours, shapes), twin, *shapes)


def test_grouped_query_attention_is_printed_as_it_runs():
    assert_same_model(compiled([{"grouped_query_attention": GROUPS}], {"x": TensorType((3, 4))}))


def test_heads_of_keys_have_to_divide_those_of_queries():
    with pytest.raises(ValidationError, match="has to be a multiple"):
        GroupedQueryAttention(**{**GROUPS, "num_query_heads": 3})


def test_grouped_query_attention_takes_one_axis_of_steps():
    with pytest.raises(ShapeError, match="one of features"):
        GroupedQueryAttention(**GROUPS).infer(TensorType((2, 3, 4)))
