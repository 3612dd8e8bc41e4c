"""Values spread evenly."""

from __future__ import annotations

from collections.abc import Sequence

from kc.library.sampler import PlaceSampler
from kc.library.samplers.random import Random


class Sobol(PlaceSampler, kind="sobol", aka=("qmc", "quasi_random")):
    """Values of a scrambled Sobol sequence: they fill the space more evenly than random ones.

    A power of two is a good number of trials. In the place of a point that the constraints refuse
    comes a random one.

    Source: Sobol 1967; Owen 1998 for the scrambling.

    Example:
        sampler: sobol
    """

    def place(self, number: int, attempt: int, size: int, seed: int) -> Sequence[float]:
        from scipy.stats import qmc

        if attempt:
            return Random().place(number, attempt, size, seed)
        points = qmc.Sobol(size, scramble=True, rng=seed)
        if number:
            points.fast_forward(number)
        return points.random(1)[0].tolist()
