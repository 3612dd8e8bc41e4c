import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType
from kc.library.metrics.precision import Precision
from tests.library.losses.parity import fractions, labels, numbers, one_hot, probabilities
from tests.library.metrics.parity import assert_same, in_batches, measured

COUNTS = ["true_positives", "true_negatives", "false_positives", "false_negatives"]
RATES = ["precision", "recall"]
BESTS = {
    "precision_at_recall": "recall",
    "recall_at_precision": "precision",
    "sensitivity_at_specificity": "specificity",
    "specificity_at_sensitivity": "sensitivity",
}
TARGET = labels(14, classes=2, seed=5)
LEARNED = np.clip(0.4 * TARGET + 0.6 * fractions(14, seed=6), 0.0, 1.0).astype("float32")


def twin_of(kind, **arguments):
    name = "".join(word.capitalize() for word in kind.split("_"))
    return getattr(keras.metrics, name)(**arguments)


def same(kind, arguments, target, output):
    metric = entries("metric")[kind].model_validate(arguments)
    assert_same(metric, twin_of(kind, **arguments), in_batches(target, output))


@pytest.mark.parametrize("arguments", [{}, {"thresholds": 0.3}, {"thresholds": [0.7]}])
@pytest.mark.parametrize("kind", COUNTS)
def test_counts_are_those_of_keras(kind, arguments):
    same(kind, arguments, TARGET, LEARNED)


@pytest.mark.parametrize("kind", COUNTS)
def test_an_output_on_the_threshold_says_no(kind):
    same(kind, {}, np.array([1, 0, 1]), np.array([0.5, 0.5, 0.6], "float32"))


RATE_CASES = [
    pytest.param({}, TARGET, LEARNED, id="defaults"),
    pytest.param({"thresholds": 0.2}, labels(9, 3, classes=2), fractions(9, 3), id="labels"),
    pytest.param({"top_k": 2}, one_hot(9, classes=4), numbers(9, 4), id="top 2 of logits"),
    pytest.param(
        {"top_k": 2, "thresholds": 0.4}, one_hot(9, classes=4), fractions(9, 4), id="top and above"
    ),
    pytest.param({"class_id": 1}, one_hot(9), probabilities((9, 3)), id="one class"),
    pytest.param(
        {"class_id": 2, "top_k": 1}, one_hot(9), probabilities((9, 3)), id="one class if on top"
    ),
    pytest.param({}, labels(5, 2, 2, classes=2), fractions(5, 2, 2), id="by position"),
    pytest.param({}, np.zeros(5, "int32"), np.zeros(5, "float32"), id="nothing"),
]


@pytest.mark.parametrize(("arguments", "target", "output"), RATE_CASES)
@pytest.mark.parametrize("kind", RATES)
def test_rates_are_those_of_keras(kind, arguments, target, output):
    same(kind, arguments, target, output)


BEST_CASES = [
    pytest.param({}, TARGET, LEARNED, id="defaults"),
    pytest.param({"num_thresholds": 7}, TARGET, LEARNED, id="few thresholds"),
    pytest.param({"num_thresholds": 1}, TARGET, LEARNED, id="one threshold"),
    pytest.param({"num_thresholds": 2}, TARGET, LEARNED, id="two thresholds"),
    pytest.param({"class_id": 1}, one_hot(9), probabilities((9, 3)), id="one class"),
    pytest.param({}, labels(6, 2, 2, classes=2), 2 * fractions(6, 2, 2) - 0.5, id="out of bounds"),
    pytest.param({}, np.zeros(5, "int32"), fractions(5), id="no positives"),
]


@pytest.mark.parametrize(("arguments", "target", "output"), BEST_CASES)
@pytest.mark.parametrize("kind", BESTS)
def test_best_rates_are_those_of_keras(kind, arguments, target, output):
    same(kind, {BESTS[kind]: 0.6, **arguments}, target, output)


@pytest.mark.parametrize("least", [0.0, 1.0])
@pytest.mark.parametrize("kind", BESTS)
def test_any_or_only_full_rates_are_enough(kind, least):
    same(kind, {BESTS[kind]: least, "num_thresholds": 9}, TARGET, LEARNED)


def test_several_thresholds_are_refused_with_a_reason():
    with pytest.raises(ValidationError, match="a log is one number"):
        Precision.model_validate({"thresholds": [0.2, 0.5]})


@pytest.mark.parametrize("kind", BESTS)
@pytest.mark.parametrize("least", [-0.1, 1.1])
def test_a_rate_lies_between_0_and_1(kind, least):
    with pytest.raises(ValidationError, match="than or equal to"):
        entries("metric")[kind](**{BESTS[kind]: least})


@pytest.mark.parametrize(
    ("arguments", "target", "message"),
    [
        pytest.param({"class_id": 3}, (3,), "looks at class 3", id="unknown class"),
        pytest.param({"top_k": 4}, (3,), "the 4 largest", id="too many"),
        pytest.param({}, (), "a target for each value", id="numbers of classes"),
    ],
)
def test_arguments_have_to_fit_the_output(arguments, target, message):
    with pytest.raises(ShapeError, match=message):
        Precision(**arguments).sums(TensorType(target), TensorType((3,)))


def test_precision_counts_each_batch_once():
    target, output = np.array([1, 0, 1, 1]), np.array([0.9, 0.8, 0.7, 0.1], "float32")
    assert measured(Precision(), in_batches(target, output, 3)) == pytest.approx(2 / 3)
