import keras
import pytest

from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, (5,), id="vector"),
    pytest.param({"axis": [1, 3], "epsilon": 0.1}, (2, 3, 4), id="two axes apart"),
    pytest.param({"axis": [-1, -2]}, (3, 4), id="axes from the end, in disorder"),
    pytest.param({"axis": 1, "center": False}, (4, 3), id="first axis, no beta"),
    pytest.param({"axis": -1, "scale": False}, (2, 3), id="no gamma"),
    pytest.param({"center": False, "scale": False, "epsilon": 1e-6}, (7,), id="neither"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_layer_normalization_computes_what_keras_computes(arguments, shape):
    assert_same(
        {"layer_normalization": arguments}, keras.layers.LayerNormalization(**arguments), shape
    )
