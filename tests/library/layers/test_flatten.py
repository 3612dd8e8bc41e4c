import keras
import pytest

from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, (3, 2, 4), id="image"),
    pytest.param({"data_format": "channels_first"}, (3, 2, 4), id="channels first"),
    pytest.param({"data_format": "channels_first"}, (3,), id="channels first, vector"),
    pytest.param({}, (), id="a single number"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_flatten_computes_what_keras_computes(arguments, shape):
    assert_same({"flatten": arguments}, keras.layers.Flatten(**arguments), shape)
