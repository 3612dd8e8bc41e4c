"""How good predictions are, from true and predicted values. Everything is plain NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Which quantiles of the residuals are told."""
MOST_CLASSES = 20
"""Up to so many classes a matrix of them can be read."""


@dataclass(frozen=True)
class ClassScores:
    """Scores of predicted classes.

    What has no value, as the precision of a class that was never predicted, is 0.
    """

    confusion: np.ndarray
    """How often a true class (row) was predicted as some class (column)."""
    words: Sequence[str]
    """What the classes are called."""

    @classmethod
    def of(cls, true: np.ndarray, predicted: np.ndarray, words: Sequence[str]) -> ClassScores:
        """Scores of class numbers, int (values,) both."""
        classes = len(words)
        pairs = true.astype(np.int64) * classes + predicted
        counts = np.bincount(pairs, minlength=classes * classes)
        return cls(counts.reshape(classes, classes), tuple(words))

    @cached_property
    def support(self) -> np.ndarray:
        """How often each class is the true one."""
        return self.confusion.sum(axis=1)

    @cached_property
    def accuracy(self) -> float:
        return float(_share(self._right.sum(), self.confusion.sum()))

    @cached_property
    def precision(self) -> np.ndarray:
        """Of what was predicted as a class, the part that is of it."""
        return _share(self._right, self.confusion.sum(axis=0))

    @cached_property
    def recall(self) -> np.ndarray:
        """Of what is of a class, the part that was predicted as it."""
        return _share(self._right, self.support)

    @cached_property
    def f1(self) -> np.ndarray:
        """The harmonic mean of precision and recall."""
        return _share(2 * self._right, self.confusion.sum(axis=0) + self.support)

    @cached_property
    def means(self) -> Mapping[str, tuple[float, float, float]]:
        """Precision, recall and F1 over the classes that occur: each alike, or by its support."""
        occur = (self.confusion.sum(axis=0) + self.support) > 0
        columns = (self.precision, self.recall, self.f1)
        plain = tuple(float(c[occur].mean()) if occur.any() else 0.0 for c in columns)
        weighted = tuple(float(_share(c @ self.support, self.support.sum())) for c in columns)
        return {"mean": plain, "weighted mean": weighted}  # pyright: ignore[reportReturnType]

    def plain(self) -> dict[str, Any]:
        """The scores as plain data."""
        names = ("precision", "recall", "f1")
        rows = zip(self.words, *(getattr(self, n) for n in names), self.support, strict=True)
        found: dict[str, Any] = {
            "accuracy": self.accuracy,
            "classes": {
                word: {**dict(zip(names, map(float, row), strict=True)), "support": int(support)}
                for word, *row, support in rows
            },
            **{
                name.replace(" ", "_"): dict(zip(names, mean, strict=True))
                for name, mean in self.means.items()
            },
        }
        if len(self.words) <= MOST_CLASSES:
            found["confusion_matrix"] = self.confusion.tolist()
        return found

    @property
    def _right(self) -> np.ndarray:
        return np.diagonal(self.confusion)


@dataclass(frozen=True)
class NumberScores:
    """Scores of predicted numbers."""

    mae: float
    """Mean absolute error."""
    rmse: float
    """Root of the mean squared error."""
    r2: float
    """Part of the variance that is explained, the mean over the columns of an output."""
    quantiles: Mapping[float, float]
    """Quantiles of the residuals, predicted minus true."""

    @classmethod
    def of(cls, true: np.ndarray, predicted: np.ndarray) -> NumberScores:
        """Scores of numbers, (examples, values) both."""
        true, predicted = true.astype(np.float64), predicted.astype(np.float64)
        residuals = predicted - true
        return cls(
            mae=float(np.abs(residuals).mean()),
            rmse=float(np.sqrt((residuals**2).mean())),
            r2=_explained(true, residuals),
            quantiles=dict(zip(QUANTILES, np.quantile(residuals, QUANTILES).tolist(), strict=True)),
        )

    def plain(self) -> dict[str, Any]:
        """The scores as plain data."""
        quantiles = {f"{q:g}": value for q, value in self.quantiles.items()}
        return {"mae": self.mae, "rmse": self.rmse, "r2": self.r2, "residuals": quantiles}


Scores = ClassScores | NumberScores


def _share(part: Any, whole: Any) -> Any:
    """Part of a whole; 0 of nothing."""
    return np.where(whole > 0, part / np.maximum(whole, 1), 0.0)


def _explained(true: np.ndarray, residuals: np.ndarray) -> float:
    left = (residuals**2).sum(axis=0)
    spread = ((true - true.mean(axis=0)) ** 2).sum(axis=0)
    # Of a constant target either all is explained, or nothing.
    constant = np.where(left == 0, 1.0, 0.0)
    explained = np.where(spread > 0, 1.0 - left / np.where(spread > 0, spread, 1.0), constant)
    return float(explained.mean())
