import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.conv2d import Conv2D
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"filters": 4, "kernel_size": 3}, (6, 5, 2), id="valid"),
    pytest.param(
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"},
        (7, 5, 2),
        id="same, stride 2, odd sizes",
    ),
    pytest.param(
        {"filters": 3, "kernel_size": [2, 4], "strides": [2, 3], "padding": "same"},
        (8, 7, 1),
        id="same, even kernel, uneven strides",
    ),
    pytest.param(
        {"filters": 2, "kernel_size": [3, 2], "strides": [1, 3]},
        (5, 9, 3),
        id="valid, uneven strides that leave a rest",
    ),
    pytest.param(
        {"filters": 2, "kernel_size": 3, "dilation_rate": [2, 3], "padding": "same"},
        (7, 8, 2),
        id="dilation, same",
    ),
    pytest.param(
        {"filters": 6, "kernel_size": 2, "groups": 3, "use_bias": False},
        (4, 4, 6),
        id="groups without bias",
    ),
    pytest.param(
        {
            "filters": 4,
            "kernel_size": 3,
            "groups": 4,
            "strides": 2,
            "padding": "same",
            "activation": "elu",
        },
        (5, 6, 4),
        id="depthwise by groups, activation",
    ),
    pytest.param(
        {
            "filters": 3,
            "kernel_size": 3,
            "strides": 2,
            "padding": "same",
            "data_format": "channels_first",
        },
        (2, 7, 6),
        id="channels first",
    ),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_conv2d_computes_what_keras_computes(arguments, shape):
    assert_same({"conv2d": arguments}, keras.layers.Conv2D(**arguments), shape)


def test_conv2d_says_that_a_window_does_not_fit():
    layer = Conv2D.model_validate({"filters": 1, "kernel_size": 3, "dilation_rate": 2})
    with pytest.raises(ShapeError, match="5 x 5 into an input of 4 x 9"):
        layer.infer(TensorType((4, 9, 1)))
