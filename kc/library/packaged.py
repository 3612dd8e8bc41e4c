"""Data sets that scikit-learn ships, so that nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core import codes
from kc.core.data import DataError, Examples

if TYPE_CHECKING:
    import numpy as np


def packaged(name: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Features, float64 (examples, features), targets and the words of classes, if there are.

    Raises:
        DataError: when scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ImportError:
        raise DataError(
            codes.MISSING_EXTRA,
            f"the source {name} needs scikit-learn",
            "pip install 'kc-compiler[datasets]'",
        ) from None
    bunch = getattr(datasets, f"load_{name}")()
    return bunch.data, bunch.target, tuple(map(str, getattr(bunch, "target_names", ())))


def packaged_table(name: str, target: str) -> Examples:
    """Rows of numbers, float32: int32 targets with their words, or float32 targets."""
    features, targets, words = packaged(name)
    return Examples(
        {"features": features.astype("float32")},
        {target: targets.astype("int32" if words else "float32")},
        classes={target: words} if words else {},
    )
