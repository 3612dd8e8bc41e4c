"""The activations that have layers with arguments of their own."""

import keras
import pytest

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

CASES = [
    pytest.param("leaky_relu", keras.layers.LeakyReLU, {}, (3, 4), id="leaky"),
    pytest.param(
        "leaky_relu", keras.layers.LeakyReLU, {"negative_slope": 0.0}, (4,), id="no slope"
    ),
    pytest.param("leaky_relu", keras.layers.LeakyReLU, {"negative_slope": 2}, (4,), id="steep"),
    pytest.param("elu", keras.layers.ELU, {}, (5,), id="elu"),
    pytest.param("elu", keras.layers.ELU, {"alpha": 0.3}, (2, 3, 2), id="elu with alpha"),
    pytest.param("elu", keras.layers.ELU, {"alpha": -1.5}, (4,), id="elu, negative alpha"),
    pytest.param("relu", keras.layers.ReLU, {}, (5,), id="relu"),
    pytest.param("relu", keras.layers.ReLU, {"max_value": 0.5}, (5, 2), id="relu with a top"),
    pytest.param(
        "relu",
        keras.layers.ReLU,
        {"max_value": 1.0, "negative_slope": 0.2, "threshold": 0.3},
        (3, 2, 4),
        id="relu with everything",
    ),
    pytest.param("prelu", keras.layers.PReLU, {}, (4,), id="prelu"),
    pytest.param("prelu", keras.layers.PReLU, {"shared_axes": [1, 2]}, (3, 2, 4), id="shared"),
    pytest.param("prelu", keras.layers.PReLU, {"shared_axes": 2}, (3, 2), id="one shared"),
    pytest.param("softmax", keras.layers.Softmax, {}, (3, 4), id="softmax"),
    pytest.param("softmax", keras.layers.Softmax, {"axis": 1}, (3, 4), id="softmax axis"),
    pytest.param("softmax", keras.layers.Softmax, {"axis": [1, -1]}, (3, 2, 4), id="softmax axes"),
    pytest.param("identity", keras.layers.Identity, {}, (3, 4), id="identity"),
]


@pytest.mark.parametrize(("kind", "twin", "arguments", "shape"), CASES)
def test_an_activation_layer_computes_what_keras_computes(kind, twin, arguments, shape):
    assert_same({kind: arguments}, twin(**arguments), shape)


@pytest.mark.parametrize("theta", [None, 0.0, 0.4])
def test_thresholded_relu_is_the_threshold_of_keras(theta):
    arguments = {} if theta is None else {"theta": theta}
    bound = 1.0 if theta is None else theta
    twin = keras.layers.Activation(lambda x: keras.activations.threshold(x, bound, 0.0))
    assert_same({"thresholded_relu": arguments}, twin, (3, 4))


def test_the_slope_of_the_word_is_that_of_the_layer():
    assert_same("leaky_relu", keras.layers.LeakyReLU(), (4,))


def test_the_slope_of_the_activation_is_that_of_the_activation():
    assert_same({"activation": "leaky_relu"}, keras.layers.Activation("leaky_relu"), (4,))


@pytest.mark.parametrize("item", ["leaky_relu", {"prelu": {"shared_axes": 1}}, "softmax"])
def test_an_activation_layer_is_printed_as_it_runs(item):
    assert_same_model(compiled([item], {"x": TensorType((3, 4))}))


@pytest.mark.parametrize("kind", ["leaky_relu", "elu", "relu", "prelu", "softmax"])
def test_an_activation_layer_needs_floats(kind):
    with pytest.raises(ShapeError, match="needs floats"):
        entries("layer")[kind]().infer(TensorType((3,), "int32"))


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [("softmax", {"axis": 0}), ("softmax", {"axis": (1, 3)}), ("prelu", {"shared_axes": 3})],
)
def test_an_axis_has_to_be_one_of_the_example(kind, arguments):
    with pytest.raises(ShapeError, match="axis"):
        entries("layer")[kind](**arguments).infer(TensorType((3, 4)))
