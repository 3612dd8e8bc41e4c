import keras
import numpy as np
import pytest

from kc.core.data import DataError
from kc.core.types import ShapeError, TensorType
from kc.library.losses.binary_crossentropy import BinaryCrossentropy
from tests.library.losses.parity import assert_same, fractions, labels, numbers

CASES = [
    pytest.param({}, labels(6, 1, classes=2), fractions(6, 1), id="probabilities"),
    pytest.param({}, labels(6, classes=2), fractions(6, 1), id="targets without the last axis"),
    pytest.param({}, fractions(6, 1, seed=8), fractions(6), id="outputs without it, soft targets"),
    pytest.param({}, labels(4, 3, classes=2), fractions(4, 3), id="several outputs"),
    pytest.param(
        {}, labels(2, 2, classes=2), np.array([[0, 1], [1, 0]], "float32"), id="certainties"
    ),
    pytest.param({"from_logits": True}, labels(5, classes=2), numbers(5, 1), id="logits"),
    pytest.param(
        {"from_logits": True},
        labels(2, 2, classes=2),
        np.array([[80, -80], [30, 0]], "float32"),
        id="large logits",
    ),
    pytest.param({"label_smoothing": 0.2}, labels(5, 2, classes=2), fractions(5, 2), id="smooth"),
    pytest.param(
        {"label_smoothing": 0.3, "from_logits": True, "axis": 1},
        labels(4, 2, 3, classes=2),
        numbers(4, 2, 3),
        id="smooth logits along another axis",
    ),
]


@pytest.mark.parametrize(("arguments", "target", "output"), CASES)
def test_binary_crossentropy_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.BinaryCrossentropy(**arguments)
    assert_same(BinaryCrossentropy(**arguments), twin, target, output)


@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_targets_have_to_be_probabilities(value):
    with pytest.raises(DataError, match="of example 1 is no probability"):
        BinaryCrossentropy().check(np.array([[0.0], [value]]), TensorType((1,)))


def test_the_axis_has_to_be_one_of_the_output():
    with pytest.raises(ShapeError, match="axis 2"):
        BinaryCrossentropy(axis=2).target(TensorType((3,)))
