import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.dot import Dot
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"axes": 1}, [(4,), (4,)], id="two vectors"),
    pytest.param({"axes": -1, "normalize": True}, [(4,), (4,)], id="cosine"),
    pytest.param({"axes": 2}, [(3, 5), (2, 5)], id="matrices"),
    pytest.param({"axes": (1, 2)}, [(3, 5), (2, 3)], id="different axes"),
    pytest.param({"axes": (1, 3), "normalize": True}, [(3, 5), (2, 4, 3)], id="high rank"),
    pytest.param({"axes": (2, 1)}, [(2, 3, 4), (3,)], id="an image and a vector"),
    pytest.param({"axes": (-1, -2), "normalize": True}, [(4,), (4, 3)], id="from the end"),
]


@pytest.mark.parametrize(("arguments", "shapes"), CASES)
def test_dot_computes_what_keras_computes(arguments, shapes):
    twin = keras.layers.Dot(**arguments)
    twin.built = True  # Keras checks sizes with negative axes of the wrong input.
    axes = arguments["axes"]
    item = {"dot": {**arguments, "axes": list(axes) if isinstance(axes, tuple) else axes}}
    assert_same({**item, "from": ["x0", "x1"]}, twin, *shapes)


@pytest.mark.parametrize("axes", [1, (2, 1), (0, 1), (1, 4)])
def test_dot_refuses_axes_that_do_not_fit(axes):
    with pytest.raises(ShapeError):
        Dot(axes=axes).infer(TensorType((3, 5)), TensorType((2, 4, 3)))
