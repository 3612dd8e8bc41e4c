"""Normal noise while training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, Seed
from kc.library.layers.identity import identity
from kc.library.noise import Noise, stream

if TYPE_CHECKING:
    from jax import Array


class GaussianNoise(Noise, kind="gaussian_noise"):
    """Adds normal noise of mean 0 while training. Outside of training the layer does nothing.

    Keras takes deviations up to 1; here any is allowed, as inputs need not be small.

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/gaussian_noise.py``.

    Example:
        - gaussian_noise: 0.1
    """

    masking = "pass"

    stddev: NonNegativeFloat
    """Standard deviation of the noise."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def lower(self) -> Call:
        if self.stddev == 0:
            return Call(identity)
        return Call(gaussian_noise, stddev=self.stddev, seed=self.seed)


def gaussian_noise(
    x: Array, *, stddev: float, seed: int | None = None, key: Array, train: bool
) -> Array:
    if not train:
        return x
    return x + stddev * jax.random.normal(stream(key, seed), x.shape, x.dtype)
