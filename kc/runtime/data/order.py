"""The order of examples: a function of numbers, so that a run can go on anywhere."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

SPLIT_STREAM: Final = 2**64 - 1
"""Stream of the split: the number of no epoch."""


def steps_per_epoch(examples: int, batch_size: int) -> int:
    """Batches of one epoch, the last one possibly ragged."""
    return -(-examples // batch_size)


def epoch_order(examples: int, batch_size: int, seed: int, epoch: int, shuffle: bool) -> np.ndarray:
    """Row numbers of one epoch, int32 (steps * batch_size,).

    A ragged last batch is padded with row 0; whoever reads it masks positions from ``examples`` on.
    """
    order = np.zeros(steps_per_epoch(examples, batch_size) * batch_size, np.int32)
    order[:examples] = permutation(examples, seed, epoch) if shuffle else np.arange(examples)
    return order


class Order(NamedTuple):
    """The order of one epoch, by the numbers that it follows from."""

    examples: int
    batch_size: int
    seed: int = 0
    epoch: int = 0
    shuffle: bool = False

    @property
    def steps(self) -> int:
        return steps_per_epoch(self.examples, self.batch_size)

    @property
    def rows(self) -> np.ndarray:
        """Row numbers as ``epoch_order`` gives them."""
        return _rows(self)

    def places(self, step: int) -> np.ndarray:
        """Row numbers of one step, without what pads a ragged batch."""
        start = step * self.batch_size
        return self.rows[start : min(start + self.batch_size, self.examples)]

    def after(self, epochs: int) -> Order:
        """The order so many epochs later."""
        return self._replace(epoch=self.epoch + epochs) if self.shuffle else self


@lru_cache(maxsize=4)
def _rows(order: Order) -> np.ndarray:
    """Kept: the epoch under way, the next one, and those that measure."""
    return epoch_order(*order)


def permutation(size: int, seed: int, stream: int) -> np.ndarray:
    """A random order of ``range(size)``: the same for the same numbers, in every version of NumPy.

    The raw bits of a generator are fixed by NumPy's promise of compatibility; what its
    ``permutation`` makes of them is not. 64-bit keys tie so rarely that a stable sort is fair.
    """
    bits = np.random.Philox(key=np.array([seed, stream], np.uint64)).random_raw(size)
    return np.argsort(bits, kind="stable")
