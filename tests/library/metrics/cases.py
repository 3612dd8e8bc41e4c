"""Targets and outputs for every metric: each argument varied, awkward numbers, several ranks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from tests.library.losses import cases as losses
from tests.library.losses.cases import LARGE, SMOOTH, SURE, Case, floats
from tests.library.losses.parity import fractions, labels, numbers, one_hot, probabilities

TARGET = labels(14, classes=2, seed=5)
LEARNED = np.clip(0.4 * TARGET + 0.6 * fractions(14, seed=6), 0.0, 1.0).astype("float32")
EXACT = np.where(np.arange(14) % 3 == 0, 0.0, TARGET).astype("float32")
"""Probabilities of exactly 0 and 1, most of them right."""
NOWHERE = np.zeros(14, "int32")
STEPS = labels(7, 4, 2, classes=2), fractions(7, 4, 2)
ROWS, PROBABILITIES = one_hot(9), probabilities((9, 3))
ALONG = {"axis": 1}
YES_OR_NO = [
    Case({}, TARGET, LEARNED),
    Case({}, TARGET, EXACT),
    Case({}, NOWHERE, LEARNED),
    Case({}, *STEPS),
]
"""Learned and exact probabilities, a class that is nowhere, steps."""
COUNTS = [*YES_OR_NO, Case({"thresholds": 0.3}, TARGET, LEARNED)]
RATES = [
    *COUNTS,
    Case({"top_k": 2}, one_hot(9, classes=4), numbers(9, 4)),
    Case({"class_id": 1}, ROWS, PROBABILITIES),
]
SCORES = [
    Case({"average": "micro"}, ROWS, PROBABILITIES),
    Case({"average": "weighted", "threshold": 0.4}, labels(9, 4, classes=2), fractions(9, 4)),
    Case({}, np.eye(3, dtype="float32")[labels(9, classes=2)], PROBABILITIES),
    Case({}, ROWS[:5], SURE),
]
"""Averages, a class that is nowhere, probabilities of exactly 0 and 1."""
NUMBERED = labels(7, 5), labels(7, 5, seed=9)
IOU = {"num_classes": 3, "target_class_ids": [0, 2]}
OVERLAP = [
    Case({}, *NUMBERED),
    Case({"sparse_y_pred": False}, labels(7, 5), probabilities((7, 5, 3))),
    Case({"ignore_class": 1}, *NUMBERED),
    Case({"sparse_y_pred": False, "sparse_y_true": False}, one_hot(7, 5), probabilities((7, 5, 3))),
    Case({"num_classes": 5}, *NUMBERED),
]
ONE_HOT = [
    Case({}, one_hot(7, 5), probabilities((7, 5, 3))),
    Case({"sparse_y_pred": True}, one_hot(7), labels(7, seed=9)),
    Case({"ignore_class": 1}, one_hot(7), probabilities((7, 3))),
    Case({"num_classes": 5}, one_hot(7), SURE[[0, 1, 2, 3, 4, 0, 1]]),
]
CORRELATED = [
    Case({}, numbers(9, 4, seed=7), numbers(9, 4)),
    Case(ALONG, numbers(7, 3, 2, seed=7), numbers(7, 3, 2)),
]


def best(name: str) -> list[Case]:
    """For the largest rate where another one is large enough."""
    return [
        Case({name: 0.6}, TARGET, LEARNED),
        *(Case({name: 0.6, "num_thresholds": 7}, c.target, c.output) for c in YES_OR_NO),
        Case({name: 0.4, "num_thresholds": 9, "class_id": 1}, ROWS, PROBABILITIES),
    ]


def given(arguments: Mapping[str, Any], found: list[Case]) -> list[Case]:
    """The same with more arguments; those of a case count more."""
    return [Case({**arguments, **case.arguments}, case.target, case.output) for case in found]


def longer(kind: str) -> list[Case]:
    """The cases of a loss, twice over so that they fill several batches."""
    return [
        Case(case.arguments, *(np.concatenate([a, a[::-1]]) for a in (case.target, case.output)))
        for case in losses.CASES[kind]
        if case.arguments.keys() <= {"from_logits", "label_smoothing", "axis"}
    ]


CASES: Mapping[str, list[Case]] = {
    **{
        kind: longer(kind)
        for kind in (
            "mean_squared_error",
            "mean_absolute_error",
            "mean_absolute_percentage_error",
            "mean_squared_logarithmic_error",
            "log_cosh",
            "poisson",
            "hinge",
            "squared_hinge",
            "categorical_hinge",
            "kl_divergence",
            "cosine_similarity",
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
        )
    },
    "binary_crossentropy": [
        *(Case({}, c.target[:, None], c.output[:, None]) for c in YES_OR_NO[:3]),
        Case({}, *STEPS),
        Case({"from_logits": True}, TARGET[:, None], 5 * numbers(14, 1)),
        Case({"label_smoothing": 0.2}, TARGET[:, None], EXACT[:, None]),
    ],
    "root_mean_squared_error": longer("mean_squared_error"),
    "mean": [Case({}, labels(9), numbers(9)), Case({}, labels(7, 4), numbers(7, 4))],
    "sum": [Case({}, labels(9), numbers(9)), Case({}, labels(7, 4), numbers(7, 4))],
    "accuracy": [
        Case({}, TARGET, LEARNED[:, None]),
        Case({}, labels(9), PROBABILITIES),
        Case({}, ROWS, PROBABILITIES),
    ],
    "binary_accuracy": [*YES_OR_NO, Case({"threshold": 0.2}, TARGET, LEARNED)],
    "categorical_accuracy": [
        Case({}, ROWS, PROBABILITIES),
        Case({}, one_hot(7, 2), probabilities((7, 2, 3))),
        Case({}, SMOOTH, SURE),
    ],
    "sparse_categorical_accuracy": [
        Case({}, labels(9), PROBABILITIES),
        Case({}, labels(7, 4), probabilities((7, 4, 3))),
        Case({}, labels(5, 1), SURE),
    ],
    "top_k_categorical_accuracy": [
        Case({}, ROWS, PROBABILITIES),
        Case({"k": 2}, one_hot(9, classes=5), fractions(9, 5)),
        Case({"k": 2}, one_hot(7, 2), fractions(7, 2, 3)),
        Case({"k": 1}, ROWS[:5], SURE),
    ],
    "sparse_top_k_categorical_accuracy": [
        Case({"k": 2}, labels(9, classes=5), fractions(9, 5)),
        Case({"k": 3}, labels(7, 2, classes=5), fractions(7, 2, 5)),
        Case(
            {"k": 2, "from_sorted_ids": True},
            np.array([1, 1, 2, 3]),
            floats([[2, 1, 0, 3], [0, 3, 1, 2], [1, 2, 3, 0], [3, 3, 3, 3]]),
        ),
    ],
    "auc": [
        *YES_OR_NO,
        Case({"curve": "PR", "num_thresholds": 9}, TARGET, EXACT),
        Case({"summation_method": "majoring"}, TARGET, LEARNED),
        Case({"thresholds": [0.9, 0.1, 0.35]}, TARGET, LEARNED),
        Case({"from_logits": True}, TARGET, numbers(14)),
        Case(
            {"multi_label": True, "num_labels": 3, "label_weights": [1.0, 0.0, 3.0]},
            labels(9, 3, classes=2),
            fractions(9, 3),
        ),
    ],
    **{f"{t}_{s}": COUNTS for t in ("true", "false") for s in ("positives", "negatives")},
    "precision": RATES,
    "recall": RATES,
    "precision_at_recall": best("recall"),
    "recall_at_precision": best("precision"),
    "sensitivity_at_specificity": best("specificity"),
    "specificity_at_sensitivity": best("sensitivity"),
    "f1_score": SCORES,
    "fbeta_score": [*SCORES, Case({"beta": 2.5}, ROWS, PROBABILITIES)],
    "iou": given(IOU, OVERLAP),
    "mean_iou": given({"num_classes": 3}, OVERLAP),
    "one_hot_iou": given(IOU, ONE_HOT),
    "one_hot_mean_iou": given({"num_classes": 3}, ONE_HOT),
    "binary_iou": [
        *YES_OR_NO,
        Case({"target_class_ids": [1], "threshold": 0.25}, TARGET, LEARNED),
    ],
    "r2_score": [
        Case({}, numbers(9, 3, seed=7), numbers(9, 3)),
        Case(
            {"class_aggregation": "variance_weighted_average"},
            numbers(9, 3, seed=7),
            numbers(9, 3),
        ),
        Case({}, LARGE, LARGE[::-1].copy()),
    ],
    "pearson_correlation": CORRELATED,
    "concordance_correlation": CORRELATED,
}
NOT_OF_KERAS = {
    "sparse_categorical_crossentropy": {"axis", "ignore_class"},
    "r2_score": {"num_regressors"},
    **{kind: {"axis"} for kind in ("iou", "mean_iou", "one_hot_iou", "one_hot_mean_iou")},
}
"""Arguments that Keras 3.15 takes and cannot use, or not while `jax.jit` traces it, and the ignored
class, which its metric counts as a loss of 0. They have tests of their own."""
NAMES = {
    "auc": "AUC",
    "iou": "IoU",
    "mean_iou": "MeanIoU",
    "binary_iou": "BinaryIoU",
    "one_hot_iou": "OneHotIoU",
    "one_hot_mean_iou": "OneHotMeanIoU",
    "fbeta_score": "FBetaScore",
    "kl_divergence": "KLDivergence",
    "log_cosh": "LogCoshError",
    "top_k_categorical_accuracy": "TopKCategoricalAccuracy",
}


def twin_of(kind: str, case: Case) -> keras.metrics.Metric:
    """The metric of Keras with these arguments of kc's."""
    if kind == "accuracy":
        kind = _accuracy(case)
    name = NAMES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))
    return getattr(keras.metrics, name)(**{**_needed(kind), **case.arguments})


def _accuracy(case: Case) -> str:
    if case.output.shape[-1] == 1:
        return "binary_accuracy"
    sparse = case.target.ndim < case.output.ndim
    return "sparse_categorical_accuracy" if sparse else "categorical_accuracy"


def _needed(kind: str) -> Mapping[str, Any]:
    """Arguments with which Keras gives one number, and keeps fractions of weights."""
    if kind.endswith("iou"):
        return {"dtype": "float32"}
    return {"average": "macro"} if kind in {"f1_score", "fbeta_score"} else {}


def every_case() -> Iterator[tuple[str, int, Case]]:
    """All cases: kind, number, case."""
    for kind, found in CASES.items():
        for number, case in enumerate(found):
            yield kind, number, case
