import numpy as np
import pytest
from keras.src.trainers import compile_utils

from kc.library.metrics.accuracy import Accuracy
from tests.library.losses.parity import fractions, labels, one_hot, probabilities
from tests.library.metrics.parity import assert_same, in_batches, measured

CASES = [
    pytest.param(labels(10, classes=2), fractions(10, 1), id="one unit, targets without axis"),
    pytest.param(labels(10, 1, classes=2), fractions(10, 1), id="one unit"),
    pytest.param(labels(10, 3, classes=2), fractions(10, 3, 1), id="one unit by position"),
    pytest.param(
        np.array([[1], [1], [1]]), np.array([[0.5], [0.5], [0.6]], "float32"), id="exactly one half"
    ),
    pytest.param(labels(10), probabilities((10, 3)), id="class numbers"),
    pytest.param(labels(10, 1), probabilities((10, 3)), id="class numbers with a last 1"),
    pytest.param(labels(9).astype("float32"), probabilities((9, 3)), id="class numbers as floats"),
    pytest.param(labels(7, 4), probabilities((7, 4, 3)), id="class numbers by position"),
    pytest.param(one_hot(10), probabilities((10, 3)), id="one-hot rows"),
    pytest.param(probabilities((10, 3)), probabilities((10, 3)), id="soft targets"),
    pytest.param(one_hot(7, 2), probabilities((7, 2, 3)), id="one-hot by position"),
    pytest.param(labels(10, 3, classes=2), fractions(10, 3), id="several labels of one example"),
]


@pytest.mark.parametrize(("target", "output"), CASES)
def test_accuracy_is_resolved_and_computed_as_in_keras(target, output):
    # What `compile(metrics=["accuracy"])` calls: the shapes choose among Keras's accuracies.
    twin = compile_utils.get_metric("accuracy", target, output)
    assert_same(Accuracy(), twin, in_batches(target, output))


def test_an_output_of_one_number_per_example_is_a_yes_or_no():
    target, output = np.array([1, 0, 1, 0]), np.array([0.9, 0.2, 0.1, 0.8], "float32")
    assert measured(Accuracy(), [(target, output)]) == 0.5
