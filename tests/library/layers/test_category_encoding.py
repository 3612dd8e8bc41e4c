import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.category_encoding import CategoryEncoding, category_encoding
from tests.library.layers.parity import assert_same
from tests.models import compiled, run

MODES = pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])


@MODES
@pytest.mark.parametrize("shape", [(5,), (1,), (2, 3)], ids=str)
def test_category_encoding_computes_what_keras_computes(shape, mode):
    arguments = {"num_tokens": 5, "output_mode": mode}
    twin = keras.layers.CategoryEncoding(**arguments)
    assert_same({"category_encoding": arguments}, twin, shape, dtype="int32")


@MODES
def test_numbers_beyond_leave_no_trace(mode):
    y = category_encoding(np.array([[3, -1]]), num_tokens=3, output_mode=mode)
    assert not np.asarray(y).any()


def test_weights_say_how_much_a_number_counts():
    item = {"category_encoding": {"num_tokens": 3, "output_mode": "count"}, "from": ["x", "w"]}
    inputs = {"x": TensorType((4,), "int32"), "w": TensorType((4,))}
    arrays = {
        "x": np.array([[0, 1, 1, 2], [2, 2, 2, 2]], "int32"),
        "w": np.array([[1.0, 2.0, 0.5, 3.0], [1.0, 1.0, 1.0, 0.25]], "float32"),
    }
    y, _ = run(compiled([item], inputs).program, {}, {}, arrays)
    twin = keras.layers.CategoryEncoding(num_tokens=3, output_mode="count")
    np.testing.assert_allclose(y, twin(arrays["x"], count_weights=arrays["w"]))


@pytest.mark.parametrize(
    ("mode", "inputs", "message"),
    [
        ("count", [TensorType((3,))], "needs whole numbers"),
        ("one_hot", [TensorType((3,), "int32"), TensorType((3,))], "only with"),
        ("count", [TensorType((3,), "int32"), TensorType((2,))], "needs weights like"),
        ("multi_hot", [TensorType((), "int32")], "cannot take numbers together"),
    ],
)
def test_inputs_have_to_fit(mode, inputs, message):
    with pytest.raises(ShapeError, match=message):
        CategoryEncoding(num_tokens=3, output_mode=mode).infer(*inputs)
