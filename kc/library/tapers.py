"""Windows that let a frame of a signal begin and end softly, as sums of cosines.

Source: ``scipy.signal.windows``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from kc.core.lazy import jnp

if TYPE_CHECKING:
    from jax import Array

Taper = Literal["hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop", "boxcar"]

TAPERS = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
    "boxcar": (1.0,),
}
"""Factors of the cosines; every second one is subtracted."""


def tapered(name: str, length: int, periodic: bool) -> Array:
    """A window of some samples: ``a0 - a1 cos(x) + a2 cos(2 x) - ...`` over one period."""
    if length == 1:
        return jnp.ones(1)
    x = 2.0 * math.pi / (length if periodic else length - 1) * jnp.arange(length)
    terms = (a * (-1) ** k * jnp.cos(k * x) for k, a in enumerate(TAPERS[name]))
    return sum(terms, start=jnp.zeros(length))
