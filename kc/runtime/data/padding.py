"""Batches of different sizes in arrays of few sizes, so that little compiles."""

from __future__ import annotations

import numpy as np


def padded(array: np.ndarray, rows: int) -> np.ndarray:
    """The array with so many rows; its last one is repeated."""
    missing = rows - len(array)
    return np.concatenate([array, np.repeat(array[-1:], missing, axis=0)]) if missing else array


class Room:
    """The rows of padded batches: those of the first one, doubled until a larger one fits."""

    def __init__(self) -> None:
        self.rows = 0

    def fit(self, rows: int) -> int:
        """How many rows a batch with this many is padded to."""
        self.rows = self.rows or rows
        while self.rows < rows:
            self.rows *= 2
        return self.rows
