import jax.numpy as jnp
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.metrics.f1_score import F1Score
from kc.library.metrics.fbeta_score import FBetaScore
from kc.library.metrics.r2_score import R2Score
from tests.library.losses.parity import fractions, labels, numbers, one_hot, probabilities
from tests.library.metrics.parity import assert_same, in_batches, measured

AVERAGES = ["micro", "macro", "weighted"]
F_CASES = [
    pytest.param({}, one_hot(10), probabilities((10, 3)), id="rows"),
    pytest.param({"threshold": 0.4}, labels(9, 4, classes=2), fractions(9, 4), id="threshold"),
    pytest.param({"threshold": 0.5}, labels(9, 1, classes=2), fractions(9, 1), id="one unit"),
    pytest.param({}, one_hot(6), np.zeros((6, 3), "float32"), id="zeros"),
]


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize(("arguments", "target", "output"), F_CASES)
def test_f_scores_are_those_of_keras(arguments, target, output, average):
    arguments = {"average": average, **arguments}
    batches = in_batches(target.astype("float32"), output)
    assert_same(F1Score(**arguments), keras.metrics.F1Score(**arguments), batches)
    arguments["beta"] = 2.5
    assert_same(FBetaScore(**arguments), keras.metrics.FBetaScore(**arguments), batches)


@pytest.mark.parametrize(
    "kind", [pytest.param((1,), id="one unit"), pytest.param((2, 3), id="by position")]
)
def test_f_scores_need_rows_of_classes(kind):
    with pytest.raises(ShapeError):
        F1Score().sums(TensorType(kind), TensorType(kind))


def test_a_score_for_each_class_is_no_log():
    with pytest.raises(ValidationError, match="macro"):
        F1Score.model_validate({"average": None})


R2_CASES = [
    pytest.param({}, numbers(11, 3, seed=7), id="three outputs"),
    pytest.param({}, numbers(11, 1, seed=7), id="one output"),
    pytest.param({"class_aggregation": "variance_weighted_average"}, numbers(9, 3), id="variance"),
]


@pytest.mark.parametrize(("arguments", "target"), R2_CASES)
def test_r2_score_is_that_of_keras(arguments, target):
    output = target + 0.5 * numbers(*target.shape, seed=11)
    twin = keras.metrics.R2Score(**arguments)
    assert_same(R2Score(**arguments), twin, in_batches(target, output))


@pytest.mark.filterwarnings("ignore:More independent predictors", "ignore:Division by zero")
@pytest.mark.parametrize("inputs", [1, 2, 26, 27, 40])
def test_the_adjusted_r2_score_is_that_of_keras(inputs):
    target = numbers(9, 3, seed=7)
    output = target + 0.5 * numbers(9, 3, seed=11)
    twin = keras.metrics.R2Score(num_regressors=inputs)
    twin.update_state(target, output)
    found = measured(R2Score(num_regressors=inputs), in_batches(target, output))
    np.testing.assert_allclose(found, twin.result(), 1e-4)


def test_r2_score_has_the_digits_that_a_large_mean_leaves():
    target = (numbers(40, 1, seed=7) + 10_000.0).astype("float32")
    output = target + np.float32(0.5) * numbers(40, 1, seed=11)
    exact = target.astype("float64"), output.astype("float64")
    expected = 1 - ((exact[0] - exact[1]) ** 2).sum() / ((exact[0] - exact[0].mean()) ** 2).sum()
    np.testing.assert_allclose(measured(R2Score(), in_batches(target, output)), expected, 1e-3)


def test_r2_score_of_equal_targets_is_0():
    same = jnp.ones((4, 1))
    assert measured(R2Score(), [(np.asarray(same), np.asarray(same))]) == 0.0
    assert measured(R2Score(), [(np.asarray(same), numbers(4, 1))]) == 0.0


def test_r2_score_takes_one_axis():
    with pytest.raises(ShapeError, match="one axis"):
        R2Score().sums(TensorType((2, 3)), TensorType((2, 3)))
