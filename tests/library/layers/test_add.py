import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.add import Add
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param([(3, 4), (3, 4)], id="equal shapes"),
    pytest.param([(3, 1), (1, 4), (3, 4)], id="sizes of 1 stretch"),
    pytest.param([(4,), (2, 3, 4)], id="a vector to an image"),
    pytest.param([(2, 3, 1), (5,), (3, 5)], id="three ranks"),
]


@pytest.mark.parametrize("shapes", CASES)
def test_add_computes_what_keras_computes(shapes):
    names = [f"x{i}" for i in range(len(shapes))]
    assert_same({"add": {}, "from": names}, keras.layers.Add(), *shapes)


def test_add_refuses_sizes_that_differ():
    with pytest.raises(ShapeError, match="do not match"):
        Add().infer(TensorType((3,)), TensorType((4,)))


def test_the_sum_has_the_wider_type():
    inferred = Add().infer(TensorType((3,), "uint8"), TensorType((3,), "bool"))
    assert inferred.output.dtype == "uint8"
