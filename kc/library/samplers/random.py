"""Values drawn at random."""

from __future__ import annotations

from collections.abc import Sequence

from kc.library.sampler import PlaceSampler


class Random(PlaceSampler, kind="random", aka=("random_search",)):
    """Values that are drawn independently of each other, and of all other trials.

    Source: Bergstra and Bengio 2012.

    Example:
        sampler: random
    """

    def place(self, number: int, attempt: int, size: int, seed: int) -> Sequence[float]:
        import numpy as np

        return np.random.default_rng([seed, number, attempt]).random(size).tolist()
