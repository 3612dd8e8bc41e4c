import keras
import pytest

from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, (3, 5, 2), id="defaults"),
    pytest.param({"keepdims": True}, (3, 5, 2), id="keepdims"),
    pytest.param({"data_format": "channels_first"}, (2, 3, 5), id="channels first"),
    pytest.param(
        {"data_format": "channels_first", "keepdims": True},
        (2, 3, 5),
        id="channels first, keepdims",
    ),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_global_average_pooling2d_computes_what_keras_computes(arguments, shape):
    assert_same(
        {"global_average_pooling2d": arguments},
        keras.layers.GlobalAveragePooling2D(**arguments),
        shape,
    )
