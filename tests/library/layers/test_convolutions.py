"""Convolutions over one and three axes, transposed, depthwise and separable, against Keras."""

import jax
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import find
from kc.core.types import ShapeError, TensorType
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled, random_weights, run

KERAS = {
    "conv1d": keras.layers.Conv1D,
    "conv3d": keras.layers.Conv3D,
    "conv1d_transpose": keras.layers.Conv1DTranspose,
    "conv2d_transpose": keras.layers.Conv2DTranspose,
    "conv3d_transpose": keras.layers.Conv3DTranspose,
    "depthwise_conv1d": keras.layers.DepthwiseConv1D,
    "depthwise_conv2d": keras.layers.DepthwiseConv2D,
    "separable_conv1d": keras.layers.SeparableConv1D,
    "separable_conv2d": keras.layers.SeparableConv2D,
}
SHAPES = {1: (6, 2), 2: (4, 5, 2), 3: (3, 3, 3, 2)}
FIRST = {"data_format": "channels_first"}
PLAIN = [
    ("conv1d", {"strides": 2, "padding": "same"}, (7, 2)),
    ("conv1d", {"strides": 3, "groups": 3, "filters": 6}, (9, 3)),
    ("conv1d", {"padding": "causal", "dilation_rate": 3}, (5, 2)),
    ("conv1d", {"padding": "causal", "strides": 2, "use_bias": False}, (6, 2)),
    ("conv1d", {"padding": "causal", "kernel_size": 2, **FIRST}, (2, 6)),
    ("conv1d", {"padding": "same", "kernel_size": 4, "activation": "tanh", **FIRST}, (2, 6)),
    ("conv3d", {}, (4, 3, 5, 2)),
    (
        "conv3d",
        {"kernel_size": [2, 3, 1], "strides": [1, 2, 3], "padding": "same", "activation": "elu"},
        (3, 4, 5, 1),
    ),
    ("conv3d", {"dilation_rate": [1, 2, 1], "groups": 2, "filters": 2, **FIRST}, (2, 4, 6, 3)),
    ("conv1d_transpose", {}, (4, 2)),
    ("conv1d_transpose", {"strides": 5, "kernel_size": 2}, (3, 2)),
    ("conv1d_transpose", {"strides": 3, "output_padding": 2, "kernel_size": 4}, (3, 2)),
    ("conv1d_transpose", {"padding": "same", "dilation_rate": 2, "activation": "elu"}, (4, 2)),
    ("conv1d_transpose", {"padding": "same", "strides": 4, "kernel_size": 1}, (4, 2)),
    ("conv2d_transpose", {"strides": 2, "padding": "same"}, (3, 4, 2)),
    ("conv2d_transpose", {"strides": 2, "kernel_size": [2, 4], "padding": "same"}, (3, 4, 2)),
    (
        "conv2d_transpose",
        {"strides": [2, 3], "output_padding": [0, 2], "padding": "same", "use_bias": False},
        (3, 2, 1),
    ),
    (
        "conv2d_transpose",
        {"strides": 3, "output_padding": 1, "kernel_size": [4, 5], "padding": "same", **FIRST},
        (2, 3, 2),
    ),
    ("conv2d_transpose", {"strides": [4, 1], "kernel_size": [2, 3], **FIRST}, (2, 3, 4)),
    ("conv2d_transpose", {"dilation_rate": [2, 3], "output_padding": 0}, (3, 4, 2)),
    ("conv3d_transpose", {"strides": [1, 2, 3], "padding": "same"}, (2, 3, 2, 2)),
    ("conv3d_transpose", {"strides": 2, "output_padding": [1, 0, 1]}, (2, 1, 2, 2)),
    ("conv3d_transpose", {"kernel_size": [1, 2, 3], "strides": 2, **FIRST}, (2, 1, 2, 2)),
    ("depthwise_conv1d", {"depth_multiplier": 3, "padding": "same", "strides": 2}, (7, 2)),
    ("depthwise_conv1d", {"dilation_rate": 2, "activation": "tanh"}, (7, 2)),
    ("depthwise_conv1d", {"depth_multiplier": 2, **FIRST}, (3, 5)),
    ("depthwise_conv2d", {"depth_multiplier": 2}, (4, 5, 3)),
    ("depthwise_conv2d", {"strides": [1, 2], "padding": "same", "use_bias": False}, (4, 5, 2)),
    ("depthwise_conv2d", {"kernel_size": [2, 3], "depth_multiplier": 2, **FIRST}, (3, 4, 5)),
    ("depthwise_conv2d", {"strides": 2, "dilation_rate": 2, "padding": "same"}, (7, 8, 2)),
    ("separable_conv1d", {"strides": 2, "padding": "same", "activation": "elu"}, (7, 2)),
    ("separable_conv1d", {"depth_multiplier": 3, "dilation_rate": 2}, (7, 2)),
    ("separable_conv1d", {"depth_multiplier": 2, "use_bias": False, **FIRST}, (2, 7)),
    ("separable_conv2d", {"depth_multiplier": 2, "padding": "same"}, (4, 5, 2)),
    ("separable_conv2d", {"strides": 2, "kernel_size": [2, 3], "activation": "tanh"}, (4, 5, 3)),
    ("separable_conv2d", {"dilation_rate": [1, 2], **FIRST}, (2, 4, 6)),
]
MADE_FROM_ANY_CHANNELS = {"depthwise_conv1d", "depthwise_conv2d"}


def rank(kind):
    return int(kind.removesuffix("_transpose")[-2])


def layer_class(kind):
    return find(kind, "layer")


def complete(kind, arguments):
    filters = {} if kind in MADE_FROM_ANY_CHANNELS else {"filters": 3}
    return {**filters, "kernel_size": 3, **arguments}


@pytest.mark.parametrize(("kind", "arguments", "shape"), PLAIN, ids=lambda value: str(value))
def test_a_convolution_computes_what_keras_computes(kind, arguments, shape):
    arguments = complete(kind, arguments)
    assert_same({kind: arguments}, KERAS[kind](**arguments), shape)


@pytest.mark.parametrize("kind", ["depthwise_conv1d", "separable_conv1d"])
def test_causal_padding_makes_no_output_depend_on_later_steps(kind):
    x = TensorType((6, 2))
    layer = {kind: complete(kind, {"padding": "causal", "dilation_rate": 2})}
    program = compiled([layer], {"x": x}).program
    rng = np.random.default_rng(0)
    params, state = random_weights(program, rng)
    first = rng.normal(size=(1, *x.shape)).astype("float32")
    later = first.copy()
    later[:, 4:] += 1
    y, changed = (run(program, params, state, {"x": a}, train=False)[0] for a in (first, later))
    assert y.shape == changed.shape
    np.testing.assert_array_equal(y[:, :4], changed[:, :4])
    assert (y[:, 4:] != changed[:, 4:]).any()


@pytest.mark.parametrize("kind", sorted(KERAS))
def test_a_convolution_is_printed_as_it_runs(kind):
    layer = {kind: complete(kind, {"padding": "same", "activation": "relu"})}
    assert_same_model(compiled([layer], {"x": TensorType(SHAPES[rank(kind)])}))


@pytest.mark.parametrize("kind", sorted(KERAS))
def test_a_convolution_is_one_to_jax(kind):
    """So that the plan sees it, and no window is copied."""
    layer = {kind: complete(kind, {})}
    program = compiled([layer], {"x": TensorType(SHAPES[rank(kind)])}).program
    params, state = random_weights(program, np.random.default_rng(0))
    x = np.zeros((1, *program.inputs["x"].shape), "float32")
    traced = jax.make_jaxpr(lambda x: run(program, params, state, {"x": x}, train=True))(x)
    assert "conv_general_dilated" in str(traced)
    assert "gather" not in str(traced)


@pytest.mark.parametrize("kind", ["conv2d", "conv3d", "conv1d_transpose", "separable_conv2d"])
def test_causal_padding_is_for_one_axis(kind):
    with pytest.raises(ValidationError, match="`causal` is for convolutions along one axis"):
        layer_class(kind).model_validate(complete(kind, {"padding": "causal"}))


def test_the_rest_of_a_transposed_convolution_is_below_its_stride():
    with pytest.raises(ValidationError, match="`output_padding` 2 is not below the stride 2"):
        layer_class("conv2d_transpose").model_validate(
            complete("conv2d_transpose", {"strides": [3, 2], "output_padding": 2})
        )


def test_a_transposed_convolution_that_makes_nothing_is_refused():
    layer = layer_class("conv1d_transpose").model_validate(
        {"filters": 1, "kernel_size": 2, "padding": "same", "output_padding": 0}
    )
    with pytest.raises(ShapeError, match="makes 0 cells of 1"):
        layer.infer(TensorType((1, 3)))


def test_an_input_of_another_rank_is_refused_with_the_axes_that_are_needed():
    layer = layer_class("conv3d").model_validate({"filters": 1, "kernel_size": 2, **FIRST})
    with pytest.raises(ShapeError, match=r"needs float32\[batch, channels, depth, height, width\]"):
        layer.infer(TensorType((3, 3, 3)))


@pytest.mark.parametrize("kind", sorted(KERAS))
def test_every_weight_gets_its_regularizer_and_constraint(kind):
    settings = {
        name: "l2" if name.endswith("regularizer") else "non_neg"
        for name in layer_class(kind).model_fields
        if name.endswith(("_regularizer", "_constraint"))
    }
    layer = layer_class(kind).model_validate(complete(kind, settings))
    weights = layer.infer(TensorType((4,) * (len(layer.kernel_size) + 1))).weights
    assert len(weights) == 3 if "separable" in kind else 2
    assert {(w.regularizer.kind, w.constraint.kind) for w in weights.values()} == {
        ("l2", "non_neg")
    }
