import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.losses.binary_focal_crossentropy import BinaryFocalCrossentropy
from kc.library.losses.categorical_focal_crossentropy import CategoricalFocalCrossentropy
from tests.library.losses.parity import (
    assert_same,
    fractions,
    labels,
    numbers,
    one_hot,
    probabilities,
)

BINARY = [
    pytest.param({}, labels(6, 1, classes=2), fractions(6, 1), id="defaults"),
    pytest.param({}, labels(6, classes=2), fractions(6, 1), id="targets without the last axis"),
    pytest.param({"gamma": 0.0}, fractions(4, 3, seed=8), fractions(4, 3), id="no focus"),
    pytest.param(
        {"gamma": 0.5, "apply_class_balancing": True},
        labels(4, 3, classes=2),
        fractions(4, 3),
        id="balanced",
    ),
    pytest.param(
        {"apply_class_balancing": True, "alpha": 0.9, "label_smoothing": 0.2},
        labels(4, 3, classes=2),
        fractions(4, 3),
        id="balanced and smooth",
    ),
    pytest.param(
        {"from_logits": True, "axis": 1},
        labels(4, 2, 3, classes=2),
        numbers(4, 2, 3),
        id="logits along another axis",
    ),
]


@pytest.mark.parametrize(("arguments", "target", "output"), BINARY)
def test_binary_focal_crossentropy_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.BinaryFocalCrossentropy(**arguments)
    assert_same(BinaryFocalCrossentropy(**arguments), twin, target, output)


CATEGORICAL = [
    pytest.param({}, one_hot(5), probabilities((5, 3)), id="defaults"),
    pytest.param({"alpha": [0.2, 1.0, 3.0]}, one_hot(5), probabilities((5, 3)), id="weights"),
    pytest.param({"gamma": 0.5}, one_hot(4, 2), probabilities((4, 2, 3)), id="by position"),
    pytest.param(
        {"from_logits": True, "label_smoothing": 0.1}, one_hot(5), numbers(5, 3), id="logits"
    ),
    pytest.param(
        {"from_logits": True},
        one_hot(2, classes=2),
        np.array([[60, -60], [-20, 20]], "float32"),
        id="large logits",
    ),
    pytest.param(
        {"axis": 1, "gamma": 3.0},
        one_hot(4, 3),
        probabilities((4, 3, 3), axis=1),
        id="another axis",
    ),
]


@pytest.mark.parametrize(("arguments", "target", "output"), CATEGORICAL)
def test_categorical_focal_crossentropy_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.CategoricalFocalCrossentropy(**arguments)
    assert_same(CategoricalFocalCrossentropy.model_validate(arguments), twin, target, output)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"alpha": (1.0, 2.0)}, "2 numbers in `alpha`", id="too few weights"),
        pytest.param({"alpha": (1.0, 2.0, 1.0), "axis": 1}, "last axis only", id="other axis"),
    ],
)
def test_weights_of_classes_have_to_fit_the_output(arguments, message):
    with pytest.raises(ShapeError, match=message):
        CategoricalFocalCrossentropy(**arguments).target(TensorType((3, 3)))
