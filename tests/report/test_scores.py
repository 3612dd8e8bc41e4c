from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from kc.report.scores import ClassScores, NumberScores

WORDS = ("cat", "dog", "owl", "newt")


@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        pytest.param([0, 1, 2, 3, 2, 1, 0, 0], [0, 2, 2, 3, 2, 1, 1, 0], id="all classes"),
        pytest.param([0, 1, 1, 0, 2], [2, 2, 2, 2, 2], id="only one is predicted"),
        pytest.param([0, 0, 1], [1, 1, 0], id="nothing is right"),
    ],
)
def test_scores_of_classes_are_those_of_scikit_learn(true, predicted):
    scores = ClassScores.of(np.array(true), np.array(predicted), WORDS)
    labels = range(len(WORDS))
    expected = metrics.precision_recall_fscore_support(
        true, predicted, labels=labels, zero_division=0
    )
    found = (scores.precision, scores.recall, scores.f1, scores.support)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs)
    matrix = metrics.confusion_matrix(true, predicted, labels=labels)
    np.testing.assert_array_equal(scores.confusion, matrix)
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(true, predicted))


def test_means_of_classes_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    true, predicted = random.integers(0, 3, (2, 50))  # the fourth class does not occur
    means = ClassScores.of(true, predicted, WORDS).means
    for name, average in (("mean", "macro"), ("weighted mean", "weighted")):
        expected = metrics.precision_recall_fscore_support(
            true, predicted, average=average, zero_division=0
        )
        assert means[name] == pytest.approx(expected[:3])


def test_no_examples_score_zero():
    scores = ClassScores.of(np.zeros(0, int), np.zeros(0, int), WORDS)
    assert scores.accuracy == 0
    assert scores.means["mean"] == (0, 0, 0)


def test_a_large_matrix_stays_out_of_plain_data():
    words = [str(number) for number in range(21)]
    plain = ClassScores.of(np.arange(21), np.arange(21), words).plain()
    assert "confusion_matrix" not in plain
    assert plain["classes"]["20"] == {"precision": 1, "recall": 1, "f1": 1, "support": 1}


@pytest.mark.parametrize("columns", [1, 3])
def test_scores_of_numbers_are_those_of_scikit_learn(columns):
    random = np.random.default_rng(1)
    true = random.normal(size=(40, columns)) * 5
    predicted = true + random.normal(size=(40, columns))
    scores = NumberScores.of(true, predicted)
    assert scores.mae == pytest.approx(metrics.mean_absolute_error(true, predicted))
    assert scores.rmse**2 == pytest.approx(metrics.mean_squared_error(true, predicted))
    assert scores.r2 == pytest.approx(metrics.r2_score(true, predicted))
    residuals = predicted - true
    assert list(scores.quantiles.values()) == pytest.approx(
        np.quantile(residuals, list(scores.quantiles)).tolist()
    )


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_a_constant_target_is_explained_or_not(shift):
    true = np.full((5, 1), 3.0)
    assert NumberScores.of(true, true + shift).r2 == metrics.r2_score(true, true + shift)
