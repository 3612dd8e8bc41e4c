"""Dividing examples whose groups stay whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kc.runtime.data.order import SPLIT_STREAM, permutation


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of examples, in an order that is drawn."""

    of: np.ndarray
    """The number of each example's group, int64 (examples,)."""
    counts: np.ndarray
    """How many examples of each class a group has, int64 (groups, classes)."""
    order: np.ndarray
    """Numbers of groups."""

    @classmethod
    def drawn(cls, column: np.ndarray, classes: np.ndarray | None, seed: int) -> Groups:
        """The groups of examples.

        Args:
            column: what tells groups apart, (examples,).
            classes: numbers of classes that each part should have its share of, if any.
            seed: number of the draw.
        """
        names, of = np.unique(column, return_inverse=True)
        kinds = np.zeros(len(of), np.int64) if classes is None else classes
        counts = np.zeros((len(names), int(kinds.max()) + 1), np.int64)
        np.add.at(counts, (of, kinds), 1)
        return cls(of, counts, permutation(len(names), seed, SPLIT_STREAM))

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """The examples of some groups."""
        return np.flatnonzero(np.isin(self.of, chosen))

    def held_out(self, fraction: float, among: np.ndarray) -> np.ndarray:
        """Groups that together come close to a fraction of all examples, of every class.

        Those at the front of the order come first, so that large groups have their chance; one
        that would lead further away is passed over.
        """
        total = self.counts.sum(axis=0)
        wanted, found = fraction * total, np.zeros(len(total), np.int64)
        chosen: list[int] = []
        for group in among.tolist():
            count = self.counts[group]
            if _distance(found + count, wanted, total) < _distance(found, wanted, total):
                found = found + count
                chosen.append(group)
        if not chosen and len(among) > 1:  # all are too large: the smallest one is the closest
            chosen = [int(among[np.argmin(self.counts[among].sum(axis=1))])]
        return np.array(chosen, np.int64)

    def folded(self, folds: int, among: np.ndarray) -> list[np.ndarray]:
        """Groups of each fold: from large to small, each goes where it is missing most."""
        total = self.counts[among].sum(axis=0)
        found = np.zeros((folds, len(total)), np.int64)
        sizes = self.counts[among].sum(axis=1)
        chosen: list[list[int]] = [[] for _ in range(folds)]
        for group in among[np.argsort(-sizes, kind="stable")].tolist():
            count = self.counts[group]
            gain = [
                _distance(own + count, total / folds, total) - _distance(own, total / folds, total)
                for own in found
            ]
            fold = int(np.argmin(gain))
            found[fold] += count
            chosen[fold].append(group)
        return [np.array(own, np.int64) for own in chosen]


def _distance(found: np.ndarray, wanted: np.ndarray, total: np.ndarray) -> float:
    """How far numbers of examples by class are from those wanted; a rare class counts as much.

    Summed exactly, so that it is the same on every machine.
    """
    squares = (found - wanted) ** 2 / np.maximum(total, 1) ** 2
    return math.fsum(squares.tolist())
