import keras
import pytest

from kc.library.metrics.mean_absolute_error import MeanAbsoluteErrorMetric
from kc.library.metrics.mean_squared_error import MeanSquaredErrorMetric
from tests.library.losses.parity import labels, numbers
from tests.library.metrics.parity import assert_same, in_batches

METRICS = [
    pytest.param(MeanSquaredErrorMetric, keras.metrics.MeanSquaredError, id="squared"),
    pytest.param(MeanAbsoluteErrorMetric, keras.metrics.MeanAbsoluteError, id="absolute"),
]
ARRAYS = [
    pytest.param(numbers(10, 3, seed=7), numbers(10, 3), id="matrix"),
    pytest.param(numbers(10, seed=7), numbers(10, 1), id="targets without the last axis"),
    pytest.param(numbers(10, 1, seed=7), numbers(10), id="outputs without it"),
    pytest.param(numbers(7, 2, 3, seed=7), numbers(7, 2, 3), id="three axes"),
    pytest.param(labels(9, 2), numbers(9, 2), id="whole numbers"),
]


@pytest.mark.parametrize(("target", "output"), ARRAYS)
@pytest.mark.parametrize(("metric", "twin"), METRICS)
def test_means_over_batches_are_those_of_keras(metric, twin, target, output):
    assert_same(metric(), twin(), in_batches(target, output))
