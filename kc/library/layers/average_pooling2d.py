"""Mean of each window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.library.pooling import Pooling2D

if TYPE_CHECKING:
    from jax import Array


class AveragePooling2D(Pooling2D, kind="average_pooling2d"):
    """The mean of each window, over the cells that lie in the image.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - average_pooling2d: {pool_size: 3, strides: 2, padding: same}
    """

    def lower(self) -> Call:
        return Call(average_pooling2d, **self.settings)


def average_pooling2d(
    x: Array, *, window: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> Array:
    total = lax.reduce_window(x, 0.0, lax.add, window, strides, padding)
    if padding == "VALID":
        return total / math.prod(window)
    # (1, height, width, 1), or channels first: the count is the same in every image and channel.
    ones = jnp.ones([n if k > 1 else 1 for n, k in zip(x.shape, window, strict=True)])
    steps = [s if k > 1 else 1 for s, k in zip(strides, window, strict=True)]
    return total / lax.reduce_window(ones, 0.0, lax.add, window, steps, padding)
