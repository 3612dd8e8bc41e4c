"""Examples on the device that several runs take, each in an order of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kc.compiler.plan.batches import Batches
from kc.runtime.data.feed import Resident
from kc.runtime.data.order import Order


class Shared(Resident):
    """A feed whose batches have an axis of runs on their order."""

    def __init__(self, batches: Batches, seeds: Sequence[int]) -> None:
        super().__init__(batches)
        self._seeds = seeds

    def rows(self, order: Order) -> np.ndarray:
        return np.stack([order._replace(seed=seed).rows for seed in self._seeds])
