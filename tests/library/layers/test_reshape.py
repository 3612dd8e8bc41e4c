import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.reshape import Reshape
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"target_shape": [4, 3]}, (2, 6), id="another matrix"),
    pytest.param({"target_shape": [2, -1, 3]}, (12,), id="one free size"),
    pytest.param({"target_shape": []}, (1, 1), id="no axis"),
    pytest.param({"target_shape": [-1]}, (2, 3, 2), id="flat"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_reshape_computes_what_keras_computes(arguments, shape):
    assert_same({"reshape": arguments}, keras.layers.Reshape(**arguments), shape)


def test_reshape_says_which_product_is_wanted():
    with pytest.raises(ShapeError, match=r"cannot give 6 elements the shape \[4, -1\]"):
        Reshape(target_shape=(4, -1)).infer(TensorType((6,)))
