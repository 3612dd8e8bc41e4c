"""Targets and outputs for every loss: each argument varied, awkward numbers, several ranks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np

from tests.library.losses.parity import fractions, labels, numbers, one_hot, probabilities


class Case(NamedTuple):
    """Arguments, and arrays that the loss compares."""

    arguments: Mapping[str, Any]
    target: np.ndarray
    output: np.ndarray


def unit_rows(rows: int, size: int = 3) -> np.ndarray:
    x = numbers(rows, size)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def floats(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, "float32")


SURE = floats([[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]])
"""Probabilities of exactly 0 and 1, right and wrong ones."""
ONES, MANY = one_hot(5), one_hot(5, 2)
SMOOTH = floats([[0.2, 0.5, 0.3], [1, 0, 0], [0, 0.5, 0.5], [0.1, 0.1, 0.8], [0, 0, 0]])
YES, NO = np.ones((5, 2), "float32"), np.zeros((5, 2), "float32")
BINARY = labels(5, 2, classes=2)
BY_STEP = labels(5, 4, 2, classes=2)
LARGE = floats([[1000, -1000], [0, 1e-3], [1e-8, 3], [-50, 50], [7, 7]])
ALONG = {"axis": 1}
REGRESSION = [
    Case({}, numbers(5, 3, seed=7), numbers(5, 3)),
    Case({}, numbers(5, seed=7), numbers(5, 1)),
    Case({}, numbers(5, 4, 2, seed=7), numbers(5, 4, 2)),
    Case({}, labels(5, 4), numbers(5, 4)),
    Case({}, np.zeros((5, 2), "float32"), LARGE),
]
"""Compared value by value: matrices, vectors, steps, whole numbers, large errors."""
MARGINS = [
    Case({}, 2 * BINARY - 1, numbers(5, 2)),
    Case({}, BINARY, numbers(5, 2)),
    Case({}, 2 * BY_STEP - 1, numbers(5, 4, 2)),
    Case({}, 2 * BINARY - 1, LARGE),
]
MASKS = labels(3, 4, 4, 2, classes=2)
EMPTY = np.where(np.arange(2) == 0, 0, MASKS)
OVERLAP = [
    Case({}, MASKS, fractions(3, 4, 4, 2)),
    Case({"axis": [1, 2, 3]}, MASKS, fractions(3, 4, 4, 2)),
    Case({"axis": [1, 2]}, EMPTY, EMPTY.astype("float32")),
    Case({}, labels(5, classes=2), fractions(5, 1)),
    Case({"axis": 1}, NO, NO),
]
"""Whole batches, single examples, classes that are nowhere, exact probabilities, nothing at all."""

CASES: Mapping[str, list[Case]] = {
    "mean_squared_error": REGRESSION,
    "mean_absolute_error": REGRESSION,
    "mean_absolute_percentage_error": [*REGRESSION[:3], Case({}, LARGE, numbers(5, 2))],
    "mean_squared_logarithmic_error": REGRESSION,
    "log_cosh": REGRESSION,
    "huber": [*REGRESSION, Case({"delta": 0.3}, *REGRESSION[0][1:])],
    "poisson": [
        Case({}, labels(5, 3, classes=4), fractions(5, 3)),
        Case({}, labels(5, 4, 2, classes=4), fractions(5, 4, 2)),
        Case({}, labels(5, 3, classes=2), SURE),
    ],
    "hinge": MARGINS,
    "squared_hinge": MARGINS,
    "categorical_hinge": [
        Case({}, ONES, numbers(5, 3)),
        Case({}, MANY, numbers(5, 2, 3)),
        Case({}, ONES, SURE),
    ],
    "kl_divergence": [
        Case({}, SMOOTH, probabilities((5, 3))),
        Case({}, MANY, probabilities((5, 2, 3))),
        Case({}, SMOOTH, SURE),
    ],
    "cosine_similarity": [
        Case({}, numbers(5, 3, seed=7), numbers(5, 3)),
        Case(ALONG, numbers(5, 4, 2, seed=7), numbers(5, 4, 2)),
        Case({}, SMOOTH, SURE),
    ],
    "binary_crossentropy": [
        Case({}, BINARY, fractions(5, 2)),
        Case({}, BINARY, YES),
        Case({}, BINARY, NO),
        Case({"from_logits": True}, BINARY, LARGE),
        Case({"label_smoothing": 0.2}, BINARY, fractions(5, 2)),
        Case(ALONG, BY_STEP, fractions(5, 4, 2)),
        Case({}, labels(5, classes=2), fractions(5, 1)),
        Case({}, BY_STEP, fractions(5, 4, 2)),
    ],
    "binary_focal_crossentropy": [
        Case({}, BINARY, fractions(5, 2)),
        Case({"apply_class_balancing": True, "alpha": 0.7}, BINARY, YES),
        Case({"apply_class_balancing": True}, BINARY, NO),
        Case({"gamma": 0.5}, BINARY, fractions(5, 2)),
        Case({"from_logits": True}, BINARY, numbers(5, 2)),
        Case({"label_smoothing": 0.2}, BY_STEP, fractions(5, 4, 2)),
        Case(ALONG, BY_STEP, fractions(5, 4, 2)),
    ],
    "categorical_crossentropy": [
        Case({}, ONES, probabilities((5, 3))),
        Case({}, ONES, SURE),
        Case({"from_logits": True}, SMOOTH, 30 * numbers(5, 3)),
        Case({"label_smoothing": 0.2}, MANY, probabilities((5, 2, 3))),
        Case(ALONG, one_hot(5, 4).swapaxes(1, 2), probabilities((5, 3, 4), axis=1)),
    ],
    "categorical_focal_crossentropy": [
        Case({}, ONES, probabilities((5, 3))),
        Case({"alpha": [0.2, 1.0, 3.0]}, ONES, SURE),
        Case({"alpha": 0.9, "gamma": 0.5}, MANY, probabilities((5, 2, 3))),
        Case({"from_logits": True}, SMOOTH, numbers(5, 3)),
        Case({"label_smoothing": 0.2}, ONES, probabilities((5, 3))),
        Case(ALONG, one_hot(5, 4).swapaxes(1, 2), probabilities((5, 3, 4), axis=1)),
    ],
    "sparse_categorical_crossentropy": [
        Case({}, labels(5), probabilities((5, 3))),
        Case({}, labels(5, 1), SURE),
        Case({"from_logits": True}, labels(5, 2), numbers(5, 2, 3)),
        Case({"ignore_class": 1}, labels(5, 2), probabilities((5, 2, 3))),
    ],
    "categorical_generalized_cross_entropy": [
        Case({}, labels(5), probabilities((5, 3))),
        Case({"q": 0.9}, labels(5), SURE),
        Case({}, labels(5, 2), probabilities((5, 2, 3))),
    ],
    "circle": [
        Case({}, labels(8), unit_rows(8)),
        Case({"gamma": 2.0, "margin": 0.1}, labels(8), unit_rows(8)),
        Case({"gamma": 5.0, "remove_diagonal": False}, labels(6), unit_rows(6)),
        Case({"gamma": 3.0}, np.zeros(5, "int32"), unit_rows(5)),
    ],
    "ctc": [
        Case({}, np.array([[1, 2, 2, 0, 0], [3, 0, 0, 0, 0], [2, 1, 2, 1, 0]]), numbers(3, 5, 4)),
    ],
    "dice": OVERLAP,
    "tversky": [
        *OVERLAP,
        Case({"alpha": 0.3}, MASKS, fractions(3, 4, 4, 2)),
        Case({"beta": 0.9, "axis": [1, 2, 3]}, MASKS, fractions(3, 4, 4, 2)),
    ],
}  # fmt: skip
NAMES = {"ctc": "CTC", "kl_divergence": "KLDivergence"}


def twin_of(kind: str, **arguments: Any) -> keras.losses.Loss:
    """The loss of Keras with these arguments of kc's."""
    name = NAMES.get(kind) or "".join(word.capitalize() for word in kind.split("_"))
    if isinstance(axis := arguments.get("axis"), list):
        arguments["axis"] = tuple(axis)
    return getattr(keras.losses, name)(**arguments)


def every_case() -> Iterator[tuple[str, int, Case]]:
    """All cases: kind, number, case."""
    for kind, cases in CASES.items():
        for number, case in enumerate(cases):
            yield kind, number, case
