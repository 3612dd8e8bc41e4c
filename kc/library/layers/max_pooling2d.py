"""Maximum of each window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.library.pooling import Pooling2D

if TYPE_CHECKING:
    from jax import Array


class MaxPooling2D(Pooling2D, kind="max_pooling2d"):
    """The largest value of each window. Cells beyond the border do not count.

    Shapes: (height, width, channels) -> (height', width', channels).

    Source: ``keras/src/layers/pooling/base_pooling.py``.

    Example:
        - max_pooling2d: 2
    """

    def lower(self) -> Call:
        return Call(max_pooling2d, **self.settings)


def max_pooling2d(
    x: Array, *, window: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> Array:
    return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, padding)
