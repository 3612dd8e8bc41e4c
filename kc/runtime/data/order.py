"""The order of examples: a function of numbers, so that a run can go on anywhere."""

from __future__ import annotations

from typing import Final

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


def permutation(size: int, seed: int, stream: int) -> np.ndarray:
    """A random order of ``range(size)``: the same for the same numbers, in every version of NumPy.

    The raw bits of a generator are fixed by NumPy's promise of compatibility; what its
    ``permutation`` makes of them is not. 64-bit keys tie so rarely that a stable sort is fair.
    """
    bits = np.random.Philox(key=np.array([seed, stream], np.uint64)).random_raw(size)
    return np.argsort(bits, kind="stable")
