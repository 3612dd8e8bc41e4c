import keras
import pytest

from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, (4, 6, 2), id="defaults"),
    pytest.param(
        {"pool_size": 3, "strides": 2, "padding": "same"},
        (7, 6, 2),
        id="same, overlapping, odd and even",
    ),
    pytest.param(
        {"pool_size": [2, 3], "padding": "same"}, (5, 7, 1), id="same, windows over the border"
    ),
    pytest.param(
        {"pool_size": [1, 3], "strides": [2, 1], "padding": "same"},
        (5, 4, 2),
        id="steps wider than windows",
    ),
    pytest.param({"pool_size": [3, 2], "strides": [2, 3]}, (8, 7, 3), id="valid with a rest"),
    pytest.param(
        {"pool_size": [2, 3], "strides": 2, "padding": "same", "data_format": "channels_first"},
        (2, 5, 6),
        id="channels first",
    ),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_max_pooling2d_computes_what_keras_computes(arguments, shape):
    assert_same({"max_pooling2d": arguments}, keras.layers.MaxPooling2D(**arguments), shape)
