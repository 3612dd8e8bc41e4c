"""Product of several inputs."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.merging import Elementwise, align, widened

if TYPE_CHECKING:
    from jax import Array


class Multiply(Elementwise, kind="multiply"):
    """The elementwise product of its inputs; what a mask leaves out counts as 1.

    Shapes: equal shapes -> the same; sizes of 1 stretch, and where ranks differ the smaller one
    gets axes right after the batch.

    Source: ``keras/src/layers/merging/multiply.py``.

    Example:
        - {multiply: {}, from: [left, right]}
    """

    def lower(self) -> Call:
        return Call(multiply)


def multiply(*inputs: Array, masks: tuple[Array | None, ...] | None = None) -> Array:
    arrays = align(inputs)
    if masks is None:
        return reduce(jnp.multiply, arrays)
    wide = [None if mask is None else widened(mask, arrays[0].ndim) for mask in masks]
    factors = [
        x if mask is None else jnp.where(mask, x, 1) for x, mask in zip(arrays, wide, strict=True)
    ]
    result = reduce(jnp.multiply, factors)
    counted = [mask for mask in wide if mask is not None]
    everywhere = len(counted) == len(wide)
    return jnp.where(reduce(jnp.logical_or, counted), result, 0) if everywhere else result
