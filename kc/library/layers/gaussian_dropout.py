"""Normal factors while training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax
from kc.core.program import Call
from kc.library.fields import Fraction, Seed
from kc.library.layers.identity import identity
from kc.library.noise import Noise, stream

if TYPE_CHECKING:
    from jax import Array


class GaussianDropout(Noise, kind="gaussian_dropout"):
    """Multiplies with normal factors of mean 1 while training (Srivastava et al. 2014).

    Their deviation is ``sqrt(rate / (1 - rate))``, that of the factors of ``dropout``. Outside of
    training the layer does nothing.

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/gaussian_dropout.py``.

    Example:
        - gaussian_dropout: 0.3
    """

    masking = "pass"

    rate: Fraction
    """The rate of the ``dropout`` with equally strong noise."""
    seed: Seed | None = None
    """Gives the layer a random stream of its own number, beside the run's seed."""

    def lower(self) -> Call:
        if self.rate == 0:
            return Call(identity)
        return Call(gaussian_dropout, rate=self.rate, seed=self.seed)


def gaussian_dropout(
    x: Array, *, rate: float, seed: int | None = None, key: Array, train: bool
) -> Array:
    if not train:
        return x
    stddev = (rate / (1.0 - rate)) ** 0.5
    return x * (1.0 + stddev * jax.random.normal(stream(key, seed), x.shape, x.dtype))
