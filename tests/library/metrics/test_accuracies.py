import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.metrics.binary_accuracy import BinaryAccuracy
from kc.library.metrics.categorical_accuracy import CategoricalAccuracy
from kc.library.metrics.sparse_categorical_accuracy import SparseCategoricalAccuracy
from kc.library.metrics.sparse_top_k_categorical_accuracy import SparseTopKCategoricalAccuracy
from kc.library.metrics.top_k_categorical_accuracy import TopKCategoricalAccuracy
from tests.library.losses.parity import fractions, labels, one_hot, probabilities
from tests.library.metrics.parity import assert_same, in_batches

TIED = np.array([[0.2, 0.3, 0.3, 0.2], [0.4, 0.4, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4]], "float32")
SORTED = np.array([[2, 1, 0, 3], [0, 3, 1, 2], [1, 2, 3, 0], [3, 3, 3, 3]], "float32")

CASES = [
    pytest.param(
        BinaryAccuracy, {}, labels(10, 3, classes=2), fractions(10, 3), id="several labels"
    ),
    pytest.param(
        BinaryAccuracy, {"threshold": 0.2}, labels(10, classes=2), fractions(10, 1), id="threshold"
    ),
    pytest.param(CategoricalAccuracy, {}, one_hot(10), probabilities((10, 3)), id="rows"),
    pytest.param(
        CategoricalAccuracy, {}, one_hot(7, 2), probabilities((7, 2, 3)), id="rows by position"
    ),
    pytest.param(SparseCategoricalAccuracy, {}, labels(10), probabilities((10, 3)), id="numbers"),
    pytest.param(
        SparseCategoricalAccuracy, {}, labels(10, 1), probabilities((10, 3)), id="with a last 1"
    ),
    pytest.param(
        SparseCategoricalAccuracy, {}, labels(7, 4), probabilities((7, 4, 3)), id="by position"
    ),
    pytest.param(
        TopKCategoricalAccuracy, {"k": 2}, one_hot(10, classes=5), fractions(10, 5), id="top 2"
    ),
    pytest.param(TopKCategoricalAccuracy, {}, one_hot(10), fractions(10, 3), id="top of fewer"),
    pytest.param(
        TopKCategoricalAccuracy, {"k": 2}, one_hot(5, 2), fractions(5, 2, 3), id="top by position"
    ),
    pytest.param(
        TopKCategoricalAccuracy, {"k": 1}, np.eye(4, dtype="float32")[:3], TIED, id="ties"
    ),
    pytest.param(
        SparseTopKCategoricalAccuracy,
        {"k": 2},
        labels(10, classes=5),
        fractions(10, 5),
        id="top numbers",
    ),
    pytest.param(
        SparseTopKCategoricalAccuracy,
        {"k": 3},
        labels(5, 2, classes=5),
        fractions(5, 2, 5),
        id="top numbers by position",
    ),
    pytest.param(
        SparseTopKCategoricalAccuracy,
        {"k": 2, "from_sorted_ids": True},
        np.array([1, 1, 2, 3]),
        SORTED,
        id="sorted",
    ),
]


@pytest.mark.parametrize(("metric", "arguments", "target", "output"), CASES)
def test_an_accuracy_is_that_of_keras(metric, arguments, target, output):
    twin = getattr(keras.metrics, metric.__name__)(**arguments)
    assert_same(metric(**arguments), twin, in_batches(target, output))


@pytest.mark.parametrize(
    ("metric", "target", "help"),
    [
        pytest.param(CategoricalAccuracy, (), "sparse_", id="numbers for rows"),
        pytest.param(TopKCategoricalAccuracy, (), "sparse_", id="numbers for top rows"),
        pytest.param(SparseCategoricalAccuracy, (3,), "without `sparse_`", id="rows for numbers"),
    ],
)
def test_the_help_names_the_metric_for_the_targets(metric, target, help):
    with pytest.raises(ShapeError) as refused:
        metric().sums(TensorType(target), TensorType((3,)))
    assert help in refused.value.help
