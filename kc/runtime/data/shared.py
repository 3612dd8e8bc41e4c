"""Examples on the device that several runs take, each in an order of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import jax
import numpy as np

from kc.compiler.plan.batches import Batches, Stretch
from kc.runtime.data.order import Order


class Shared:
    """A feed whose batches have an axis of runs on their order."""

    def __init__(self, batches: Batches, examples: int, seeds: Sequence[int]) -> None:
        self._batches = batches
        self._size = examples
        self._seeds = seeds
        self._order: Order | None = None

    def __len__(self) -> int:
        return self._size

    def stretches(self, order: Order, first: int, stop: int) -> Iterator[Stretch]:
        if order != self._order:
            self._order = order
            rows = np.stack([order._replace(seed=seed).rows for seed in self._seeds])
            self._batches = self._batches._replace(order=jax.device_put(rows))
        yield Stretch(first, stop, self._batches)

    def close(self) -> None:
        pass
