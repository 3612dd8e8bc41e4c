import keras
import pytest

from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"scale": 0.5}, (3,), id="factor"),
    pytest.param({"scale": -2.0, "offset": 1.5}, (2, 3), id="factor and offset"),
    pytest.param({"scale": [0.5, 2.0, -1.0], "offset": [1.0, 0.0, 3.0]}, (4, 3), id="per channel"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_rescaling_computes_what_keras_computes(arguments, shape):
    assert_same({"rescaling": arguments}, keras.layers.Rescaling(**arguments), shape)


def test_rescaling_makes_floats_of_whole_numbers():
    assert_same({"rescaling": 0.25}, keras.layers.Rescaling(0.25), (3,), dtype="int32")
