"""Mean over a whole sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.pooling import GlobalPooling, global_average_pooling

if TYPE_CHECKING:
    from jax import Array


class GlobalAveragePooling1D(
    GlobalPooling, kind="global_average_pooling1d", aka=("global_avg_pool1d",)
):
    """The mean of each channel, over the steps that a mask leaves.

    Where it leaves none, the result is 0; in Keras it is not a number.

    Shapes: (steps, channels) -> (channels,).

    Source: ``keras/src/layers/pooling/global_average_pooling1d.py``.

    Example:
        - global_average_pooling1d
    """

    rank: ClassVar[int] = 1
    masking = "end"

    def lower(self) -> Call:
        return Call(global_average_pooling1d, **self.settings)


def global_average_pooling1d(
    x: Array, *, axes: tuple[int, ...], keepdims: bool = False, mask: Array | None = None
) -> Array:
    """mask (batch, steps)."""
    if mask is None:
        return global_average_pooling(x, axes=axes, keepdims=keepdims)
    mask = jnp.expand_dims(mask, 3 - axes[0])
    total = jnp.sum(jnp.where(mask, x, 0.0), axis=axes, keepdims=keepdims)
    return total / jnp.maximum(jnp.sum(mask, axis=axes, keepdims=keepdims), 1)
