import keras
import pytest

from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"activation": "relu"}, (3, 4), id="relu"),
    pytest.param({"activation": "log_softmax"}, (2, 5), id="along an axis"),
    pytest.param({"activation": "mish"}, (6,), id="mish"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_activation_computes_what_keras_computes(arguments, shape):
    assert_same({"activation": arguments}, keras.layers.Activation(**arguments), shape)


def test_a_word_is_short_for_an_activation_layer():
    assert_same({"softplus": {}}, keras.layers.Activation("softplus"), (4,))


def test_arguments_reach_the_activation():
    twin = keras.layers.Activation(lambda x: keras.activations.elu(x, alpha=0.3))
    assert_same({"activation": {"elu": 0.3}}, twin, (2, 3))
