"""The law of every layer, on random types: what `infer` says is what JAX computes."""

import jax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType
from kc.library.axes import example_axis
from tests.strategies import broadcastable, dtypes, pairs, shapes, types

BATCH = 3
quickly = settings(deadline=None, max_examples=60, derandomize=True, database=None)
LAYERS = entries("layer")
NORMS = ["batch_normalization", "layer_normalization"]


def computed(layer, *inputs):
    """Type of what the calls of a layer return."""
    inferred = layer.infer(*inputs)
    array = lambda t, *batch: jax.ShapeDtypeStruct((*batch, *t.shape), t.dtype)  # noqa: E731
    weights = {n: array(w) for n, w in (*inferred.weights.items(), *inferred.state.items())}
    calls = layer.lower()
    calls = calls if isinstance(calls, list) else [calls]

    def run(xs, weights):
        for call in calls:
            mode = {"train": True} if call.takes_train else {}
            mode |= {"key": jax.random.key(0)} if call.takes_key else {}
            result = call.function(*xs, **weights, **mode, **call.settings)
            xs, weights = [result[0] if inferred.state and weights else result], {}
        return xs[0]

    y = jax.eval_shape(run, [array(x, BATCH) for x in inputs], weights)
    assert y.shape[0] == BATCH
    return TensorType(y.shape[1:], str(y.dtype))


@quickly
@given(kind=st.sampled_from(["flatten", "rescaling", "dense", "activation", *NORMS]), x=types)
def test_types_of_layers_that_take_any_shape(kind, x):
    arguments = {
        "rescaling": {"scale": 2.0},
        "dense": {"units": 4, "activation": "glu"},
        "activation": {"activation": "sigmoid"},
    }
    layer = LAYERS[kind].model_validate(arguments.get(kind, {}))
    try:
        inferred = layer.infer(x)
    except ShapeError:
        return
    assert computed(layer, x) == inferred.output


@quickly
@given(
    kind=st.sampled_from(["conv2d", "max_pooling2d", "average_pooling2d"]),
    size=pairs(9),
    window=pairs(4),
    strides=pairs(3),
    dilation=pairs(3),
    padding=st.sampled_from(["valid", "same"]),
    data_format=st.sampled_from(["channels_last", "channels_first"]),
)
def test_types_of_windows(kind, size, window, strides, dilation, padding, data_format):
    arguments = {"strides": strides, "padding": padding, "data_format": data_format}
    if kind == "conv2d":
        arguments |= {"filters": 4, "kernel_size": window, "groups": 2}
        if max(strides) == 1:
            arguments["dilation_rate"] = dilation
    else:
        arguments["pool_size"] = window
    layer = LAYERS[kind].model_validate(arguments)
    x = TensorType((*size, 2) if data_format == "channels_last" else (2, *size))
    try:
        inferred = layer.infer(x)
    except ShapeError:
        assert padding == "valid"
        return
    assert computed(layer, x) == inferred.output


SLIDING = [
    "conv1d",
    "conv3d",
    "depthwise_conv1d",
    "depthwise_conv2d",
    "separable_conv1d",
    "separable_conv2d",
    "conv1d_transpose",
    "conv2d_transpose",
    "conv3d_transpose",
]


@quickly
@given(
    kind=st.sampled_from(SLIDING),
    sizes=st.tuples(*[st.integers(1, 6)] * 3),
    window=st.tuples(*[st.integers(1, 4)] * 3),
    strides=st.tuples(*[st.integers(1, 3)] * 3),
    dilation=st.tuples(*[st.integers(1, 3)] * 3),
    rest=st.none() | st.tuples(*[st.integers(0, 2)] * 3),
    padding=st.sampled_from(["valid", "same", "causal"]),
    data_format=st.sampled_from(["channels_last", "channels_first"]),
)
def test_types_of_convolutions(kind, sizes, window, strides, dilation, rest, padding, data_format):
    rank = int(kind.removesuffix("_transpose")[-2])
    arguments = {
        "kernel_size": window[:rank],
        "strides": strides[:rank],
        "dilation_rate": dilation[:rank],
        "padding": padding,
        "data_format": data_format,
        **({} if kind.startswith("depthwise") else {"filters": 2}),
        **({"output_padding": rest and rest[:rank]} if kind.endswith("transpose") else {}),
    }
    sizes = sizes[:rank]
    try:
        layer = LAYERS[kind].model_validate(arguments)
        x = TensorType((*sizes, 2) if data_format == "channels_last" else (2, *sizes))
        inferred = layer.infer(x)
    except (ShapeError, ValidationError):
        return
    assert computed(layer, x) == inferred.output


@quickly
@given(inputs=broadcastable())
def test_types_of_sums(inputs):
    layer = LAYERS["add"]()
    assert computed(layer, *inputs) == layer.infer(*inputs).output


@quickly
@given(
    shape=shapes, axis=st.integers(-5, 5), size=st.integers(1, 3), types=st.tuples(dtypes, dtypes)
)
def test_types_of_inputs_side_by_side(shape, axis, size, types):
    layer = LAYERS["concatenate"](axis=axis)
    first = TensorType(shape, types[0])
    try:
        second = first.with_axis(example_axis(axis, first), size).with_dtype(types[1])
    except ShapeError:
        with pytest.raises(ShapeError):
            layer.infer(first, first)
        return
    assert computed(layer, first, second) == layer.infer(first, second).output


@quickly
@given(kind=st.sampled_from([*NORMS, "softmax", "glu"]), shape=shapes, axis=st.integers(-6, 6))
def test_an_axis_is_taken_or_refused_but_never_crashes(kind, shape, axis):
    layer = (
        LAYERS[kind](axis=axis)
        if kind in NORMS
        else LAYERS["activation"].model_validate({"activation": {kind: axis}})
    )
    x = TensorType(shape)
    try:
        inferred = layer.infer(x)
    except ShapeError:
        return
    assert computed(layer, x) == inferred.output
