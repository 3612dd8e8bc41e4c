import keras
import numpy as np
import pytest

from kc.library.losses.cosine_similarity import CosineSimilarity
from kc.library.losses.huber import Huber
from kc.library.losses.log_cosh import LogCosh
from kc.library.losses.mean_absolute_error import MeanAbsoluteError
from kc.library.losses.mean_absolute_percentage_error import MeanAbsolutePercentageError
from kc.library.losses.mean_squared_error import MeanSquaredError
from kc.library.losses.mean_squared_logarithmic_error import MeanSquaredLogarithmicError
from kc.library.losses.poisson import Poisson
from tests.library.losses.parity import assert_same, fractions, labels, numbers

LOSSES = [
    pytest.param(MeanSquaredError, keras.losses.MeanSquaredError, id="squared"),
    pytest.param(MeanAbsoluteError, keras.losses.MeanAbsoluteError, id="absolute"),
    pytest.param(Huber, keras.losses.Huber, id="huber"),
    pytest.param(LogCosh, keras.losses.LogCosh, id="log cosh"),
    pytest.param(
        MeanAbsolutePercentageError, keras.losses.MeanAbsolutePercentageError, id="percentage"
    ),
    pytest.param(
        MeanSquaredLogarithmicError, keras.losses.MeanSquaredLogarithmicError, id="logarithmic"
    ),
]
ARRAYS = [
    pytest.param(numbers(5, 3, seed=7), numbers(5, 3), id="matrix"),
    pytest.param(numbers(5, seed=7), numbers(5, 1), id="targets without the last axis"),
    pytest.param(numbers(5, 1, seed=7), numbers(5), id="outputs without it"),
    pytest.param(numbers(5, seed=7), numbers(5), id="both without it"),
    pytest.param(numbers(4, 3, seed=7), numbers(4, 3, 1), id="sequence of numbers"),
    pytest.param(numbers(3, 2, 4, seed=7), numbers(3, 2, 4), id="three axes"),
    pytest.param(labels(5, 2), numbers(5, 2), id="whole numbers"),
]


@pytest.mark.parametrize(("target", "output"), ARRAYS)
@pytest.mark.parametrize(("loss", "twin"), LOSSES)
def test_regression_losses_compute_what_keras_computes(loss, twin, target, output):
    assert_same(loss(), twin(), target, output)


LARGE = np.array([[1000.0, -1000.0], [0.0, 1e-3]], "float32")


def test_log_cosh_of_large_errors_does_not_overflow():
    assert_same(LogCosh(), keras.losses.LogCosh(), np.zeros_like(LARGE), LARGE)


@pytest.mark.parametrize("delta", [0.1, 2.5, 50.0])
def test_the_bound_of_huber_is_that_of_keras(delta):
    twin = keras.losses.Huber(delta=delta)
    assert_same(Huber(delta=delta), twin, numbers(6, 2, seed=7), numbers(6, 2))


@pytest.mark.parametrize("shape", [(5, 3), (5, 1), (2, 3, 4)])
def test_poisson_computes_what_keras_computes(shape):
    target = labels(*shape, classes=4)
    assert_same(Poisson(), keras.losses.Poisson(), target, fractions(*shape))


VECTORS = [
    pytest.param({}, numbers(5, 3, seed=7), numbers(5, 3), id="rows"),
    pytest.param({"axis": 1}, numbers(3, 2, 4, seed=7), numbers(3, 2, 4), id="columns"),
    pytest.param({}, numbers(4, seed=7), numbers(4, 1), id="numbers"),
    pytest.param(
        {}, np.array([[0, 0], [3, 4]], "float32"), np.array([[1, 2], [3, 4]], "float32"), id="zero"
    ),
]


@pytest.mark.parametrize(("arguments", "target", "output"), VECTORS)
def test_cosine_similarity_computes_what_keras_computes(arguments, target, output):
    twin = keras.losses.CosineSimilarity(**arguments)
    assert_same(CosineSimilarity(**arguments), twin, target, output)
