import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.metrics.binary_crossentropy import BinaryCrossentropyMetric
from kc.library.metrics.categorical_crossentropy import CategoricalCrossentropyMetric
from kc.library.metrics.categorical_hinge import CategoricalHingeMetric
from kc.library.metrics.concordance_correlation import ConcordanceCorrelation
from kc.library.metrics.cosine_similarity import CosineSimilarityMetric
from kc.library.metrics.hinge import HingeMetric
from kc.library.metrics.kl_divergence import KLDivergenceMetric
from kc.library.metrics.log_cosh import LogCoshMetric
from kc.library.metrics.mean import Mean
from kc.library.metrics.mean_absolute_error import MeanAbsoluteErrorMetric
from kc.library.metrics.mean_absolute_percentage_error import MeanAbsolutePercentageErrorMetric
from kc.library.metrics.mean_squared_error import MeanSquaredErrorMetric
from kc.library.metrics.mean_squared_logarithmic_error import MeanSquaredLogarithmicErrorMetric
from kc.library.metrics.pearson_correlation import PearsonCorrelation
from kc.library.metrics.poisson import PoissonMetric
from kc.library.metrics.root_mean_squared_error import RootMeanSquaredError
from kc.library.metrics.sparse_categorical_crossentropy import SparseCategoricalCrossentropyMetric
from kc.library.metrics.squared_hinge import SquaredHingeMetric
from kc.library.metrics.sum import Sum
from tests.library.losses.parity import fractions, labels, numbers, one_hot, probabilities
from tests.library.metrics.parity import assert_same, in_batches, measured

METRICS = [
    pytest.param(MeanSquaredErrorMetric, keras.metrics.MeanSquaredError, id="squared"),
    pytest.param(MeanAbsoluteErrorMetric, keras.metrics.MeanAbsoluteError, id="absolute"),
    pytest.param(RootMeanSquaredError, keras.metrics.RootMeanSquaredError, id="root"),
    pytest.param(LogCoshMetric, keras.metrics.LogCoshError, id="log cosh"),
    pytest.param(
        MeanAbsolutePercentageErrorMetric,
        keras.metrics.MeanAbsolutePercentageError,
        id="percentage",
    ),
    pytest.param(
        MeanSquaredLogarithmicErrorMetric,
        keras.metrics.MeanSquaredLogarithmicError,
        id="logarithmic",
    ),
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


SIGNS = 2 * labels(9, 2, classes=2) - 1
OTHERS = [
    pytest.param(HingeMetric(), keras.metrics.Hinge(), SIGNS, numbers(9, 2), id="hinge"),
    pytest.param(
        SquaredHingeMetric(),
        keras.metrics.SquaredHinge(),
        labels(9, 2, classes=2),
        numbers(9, 2),
        id="squared hinge of 0 and 1",
    ),
    pytest.param(
        CategoricalHingeMetric(),
        keras.metrics.CategoricalHinge(),
        one_hot(9),
        numbers(9, 3),
        id="categorical hinge",
    ),
    pytest.param(
        PoissonMetric(), keras.metrics.Poisson(), labels(9, 2), fractions(9, 2), id="poisson"
    ),
    pytest.param(
        KLDivergenceMetric(),
        keras.metrics.KLDivergence(),
        one_hot(6, 2),
        probabilities((6, 2, 3)),
        id="divergence by position",
    ),
    pytest.param(
        CosineSimilarityMetric(),
        keras.metrics.CosineSimilarity(),
        numbers(9, 3, seed=7),
        numbers(9, 3),
        id="cosine",
    ),
    pytest.param(
        CosineSimilarityMetric(axis=1),
        keras.metrics.CosineSimilarity(axis=1),
        numbers(9, 2, 3, seed=7),
        numbers(9, 2, 3),
        id="cosine along another axis",
    ),
    pytest.param(
        BinaryCrossentropyMetric(from_logits=True, label_smoothing=0.1),
        keras.metrics.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        labels(9, 2, classes=2),
        numbers(9, 2),
        id="binary",
    ),
    pytest.param(
        CategoricalCrossentropyMetric(label_smoothing=0.2),
        keras.metrics.CategoricalCrossentropy(label_smoothing=0.2),
        one_hot(9, 2),
        probabilities((9, 2, 3)),
        id="categorical",
    ),
    pytest.param(
        CategoricalCrossentropyMetric(from_logits=True, axis=1),
        keras.metrics.CategoricalCrossentropy(from_logits=True, axis=1),
        one_hot(7, 3),
        numbers(7, 3, 3),
        id="categorical along another axis",
    ),
    pytest.param(
        SparseCategoricalCrossentropyMetric(),
        keras.metrics.SparseCategoricalCrossentropy(),
        labels(9),
        probabilities((9, 3)),
        id="sparse",
    ),
    pytest.param(
        SparseCategoricalCrossentropyMetric(from_logits=True),
        keras.metrics.SparseCategoricalCrossentropy(from_logits=True),
        labels(7, 2),
        numbers(7, 2, 3),
        id="sparse by position",
    ),
    pytest.param(
        PearsonCorrelation(),
        keras.metrics.PearsonCorrelation(),
        numbers(9, 4, seed=7),
        numbers(9, 4),
        id="pearson",
    ),
    pytest.param(
        PearsonCorrelation(axis=1),
        keras.metrics.PearsonCorrelation(axis=1),
        numbers(7, 3, 2, seed=7),
        numbers(7, 3, 2),
        id="pearson along another axis",
    ),
    pytest.param(
        ConcordanceCorrelation(),
        keras.metrics.ConcordanceCorrelation(),
        numbers(9, 4, seed=7),
        numbers(9, 4) + 3.0,
        id="concordance",
    ),
    pytest.param(
        ConcordanceCorrelation(axis=-2),
        keras.metrics.ConcordanceCorrelation(axis=-2),
        numbers(7, 3, 2, seed=7),
        numbers(7, 3, 2),
        id="concordance along another axis",
    ),
]


@pytest.mark.parametrize(("metric", "twin", "target", "output"), OTHERS)
def test_a_mean_over_batches_is_that_of_keras(metric, twin, target, output):
    assert_same(metric, twin, in_batches(target, output))


@pytest.mark.parametrize("shape", [(9,), (9, 3), (6, 2, 2)])
@pytest.mark.parametrize(
    ("metric", "twin"), [(Mean(), keras.metrics.Mean()), (Sum(), keras.metrics.Sum())]
)
def test_the_output_is_summed_as_in_keras(metric, twin, shape):
    output = numbers(*shape)
    twin.reset_state()
    for batch in np.split(output, 3):
        twin.update_state(batch)
    found = measured(metric, in_batches(labels(len(output)), output))
    np.testing.assert_allclose(found, twin.result(), 1e-4, 1e-6)


def test_values_of_the_ignored_class_do_not_count():
    target, output = np.array([[0, -1], [2, 1], [-1, -1]]), numbers(3, 2, 3)
    metric = SparseCategoricalCrossentropyMetric(from_logits=True, ignore_class=-1)
    counted = np.array([[0], [2], [1]]), output[[0, 1, 1], [0, 0, 1]]
    everything = measured(SparseCategoricalCrossentropyMetric(from_logits=True), [counted])
    found = measured(metric, in_batches(target, output, 2))
    np.testing.assert_allclose(found, everything, 1e-5)


def test_a_row_without_deviation_has_no_correlation():
    target = np.array([[1.0, 2.0], [3.0, 3.0]], "float32")
    assert measured(PearsonCorrelation(), [(target, target)]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("metric", "target", "output"),
    [
        pytest.param(MeanSquaredErrorMetric(), (), (3,), id="numbers of classes"),
        pytest.param(CategoricalHingeMetric(), (), (3,), id="no rows"),
        pytest.param(CategoricalCrossentropyMetric(), (1,), (1,), id="one class"),
        pytest.param(SparseCategoricalCrossentropyMetric(), (3,), (3,), id="rows"),
        pytest.param(CosineSimilarityMetric(axis=2), (3,), (3,), id="no axis"),
        pytest.param(PearsonCorrelation(), (1,), (1,), id="one value"),
    ],
)
def test_a_metric_refuses_what_it_cannot_compare(metric, target, output):
    with pytest.raises(ShapeError):
        metric.sums(TensorType(target), TensorType(output))
