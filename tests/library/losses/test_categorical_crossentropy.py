import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.losses.categorical_crossentropy import CategoricalCrossentropy
from tests.library.losses.parity import assert_same, numbers, one_hot, probabilities

CASES = [
    pytest.param({}, one_hot(5), probabilities((5, 3)), id="probabilities"),
    pytest.param({}, probabilities((5, 3)), probabilities((5, 3)), id="soft targets"),
    pytest.param(
        {}, one_hot(2, classes=2), np.array([[0, 1], [1, 0]], "float32"), id="certainties"
    ),
    pytest.param({"from_logits": True}, one_hot(4, 2), numbers(4, 2, 3), id="logits by position"),
    pytest.param({"label_smoothing": 0.2}, one_hot(5), probabilities((5, 3)), id="smooth"),
    pytest.param(
        {"axis": 1, "label_smoothing": 0.1},
        one_hot(4, 3),
        probabilities((4, 3, 3), axis=1),
        id="another axis, smooth",
    ),
    pytest.param(
        {"axis": -2, "from_logits": True},
        one_hot(3, 4).swapaxes(1, 2),
        numbers(3, 3, 4),
        id="another axis, logits",
    ),
]


@pytest.mark.parametrize(("arguments", "target", "output"), CASES)
def test_categorical_crossentropy_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.CategoricalCrossentropy(**arguments)
    assert_same(CategoricalCrossentropy(**arguments), twin, target, output)


@pytest.mark.parametrize(
    ("axis", "shape"),
    [
        pytest.param(-1, (), id="no axis"),
        pytest.param(-1, (3, 1), id="one class"),
        pytest.param(1, (1, 3), id="one class along the axis"),
        pytest.param(3, (3, 3), id="axis beyond"),
        pytest.param(0, (3, 3), id="batch axis"),
    ],
)
def test_the_output_needs_an_axis_of_classes(axis, shape):
    with pytest.raises(ShapeError):
        CategoricalCrossentropy(axis=axis).target(TensorType(shape))
