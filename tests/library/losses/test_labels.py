"""Losses whose targets are numbers of classes."""

import keras
import numpy as np
import pytest

from kc.core.data import DataError
from kc.core.types import ShapeError, TensorType
from kc.library.losses.categorical_generalized_cross_entropy import (
    CategoricalGeneralizedCrossEntropy,
)
from kc.library.losses.circle import Circle
from kc.library.losses.ctc import CTC
from tests.library.losses.parity import assert_same, labels, numbers, probabilities

NOISY = [
    pytest.param({}, labels(5), probabilities((5, 3)), id="defaults"),
    pytest.param({"q": 0.9}, labels(6), probabilities((6, 3)), id="nearly an absolute error"),
    pytest.param({"q": 0.01}, labels(4), probabilities((4, 3)), id="nearly a crossentropy"),
    pytest.param({}, labels(4, 2), probabilities((4, 2, 3)), id="by position"),
]


@pytest.mark.parametrize(("arguments", "target", "output"), NOISY)
def test_generalized_cross_entropy_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.CategoricalGeneralizedCrossEntropy(**arguments)
    assert_same(CategoricalGeneralizedCrossEntropy(**arguments), twin, target, output)


SPELLED = np.array([[1, 2, 2, 0, 0], [3, 0, 0, 0, 0], [0, 0, 0, 0, 0], [2, 1, 2, 1, 0]])
SPELLINGS = [
    pytest.param(SPELLED, numbers(4, 5, 4), id="labels repeated, one, none and almost all"),
    pytest.param(SPELLED[:, :3], numbers(4, 6, 4), id="fewer places than steps"),
    pytest.param(np.array([[1]]), numbers(1, 1, 2), id="one step"),
]


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
@pytest.mark.parametrize(("target", "output"), SPELLINGS)
def test_ctc_computes_what_keras_computes(target, output, reduction):
    twin = keras.losses.CTC(reduction=reduction)
    assert_same(CTC(reduction=reduction), twin, target.astype("int32"), output)


@pytest.mark.parametrize("shape", [(5,), (5, 1), (2, 3, 4)])
def test_ctc_needs_steps_of_classes(shape):
    with pytest.raises(ShapeError, match=r"\(time, classes\)"):
        CTC().target(TensorType(shape))


def unit_rows(rows: int, size: int = 3) -> np.ndarray:
    x = numbers(rows, size)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


PAIRED = [
    pytest.param({}, labels(8), unit_rows(8), id="defaults"),
    pytest.param({"gamma": 2.0, "margin": 0.1}, labels(8), unit_rows(8), id="gentle"),
    pytest.param({"gamma": 5.0, "remove_diagonal": False}, labels(6), unit_rows(6), id="itself"),
    pytest.param({"gamma": 3.0}, np.array([0, 0, 1, 2, 2]), unit_rows(5), id="one alone"),
    pytest.param({"gamma": 3.0, "reduction": "sum"}, labels(8), unit_rows(8), id="sum"),
]


@pytest.mark.parametrize(("arguments", "target", "output"), PAIRED)
def test_circle_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.Circle(**arguments)
    alone = len(set(np.unique(target, return_counts=True)[1]) & {1}) > 0
    gradient = not (alone and arguments.get("remove_diagonal", True))
    assert_same(Circle(**arguments), twin, target, output, gradient=gradient)


def test_circle_needs_a_vector():
    with pytest.raises(ShapeError, match=r"\(features,\)"):
        Circle().target(TensorType((2, 3)))


def test_labels_of_circle_are_whole():
    with pytest.raises(DataError, match=r"the label 0\.5 of example 1"):
        Circle().check(np.array([3.0, 0.5]), TensorType((2,)))
