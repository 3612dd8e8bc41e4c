import keras
import pytest

from kc.library.losses.mean_absolute_error import MeanAbsoluteError
from kc.library.losses.mean_squared_error import MeanSquaredError
from tests.library.losses.parity import assert_same, labels, numbers

LOSSES = [
    pytest.param(MeanSquaredError, keras.losses.MeanSquaredError, id="squared"),
    pytest.param(MeanAbsoluteError, keras.losses.MeanAbsoluteError, id="absolute"),
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
