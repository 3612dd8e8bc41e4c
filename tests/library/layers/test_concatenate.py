import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.concatenate import Concatenate
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, [(3, 4), (3, 2)], id="last axis"),
    pytest.param({"axis": 1}, [(3, 4), (1, 4), (2, 4)], id="first axis of three"),
    pytest.param({"axis": -2}, [(2, 1, 3), (2, 4, 3)], id="from the end"),
]


@pytest.mark.parametrize(("arguments", "shapes"), CASES)
def test_concatenate_computes_what_keras_computes(arguments, shapes):
    names = [f"x{i}" for i in range(len(shapes))]
    item = {"concatenate": arguments, "from": names}
    assert_same(item, keras.layers.Concatenate(**arguments), *shapes)


@pytest.mark.parametrize(
    ("axis", "shapes"),
    [
        pytest.param(0, [(3,), (3,)], id="batch axis"),
        pytest.param(-1, [(3, 2), (4, 2)], id="another size differs"),
        pytest.param(-1, [(3, 2), (3,)], id="ranks differ"),
        pytest.param(-1, [(), ()], id="no axis"),
    ],
)
def test_concatenate_refuses_what_does_not_join(axis, shapes):
    with pytest.raises(ShapeError):
        Concatenate(axis=axis).infer(*(TensorType(shape) for shape in shapes))
