"""Vectors of length one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.axes import SomeAxes, example_axes
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class UnitNormalization(Layer, kind="unit_normalization"):
    """``x / max(length(x), 1e-12)``, with the Euclidean length along ``axis``.

    A vector of zeros stays one; its gradient is finite, where Keras's is NaN.

    Shapes: any -> the same.

    Source: ``keras/src/layers/normalization/unit_normalization.py``.

    Example:
        - unit_normalization
    """

    in_float32 = True
    masking = "pass"

    axis: SomeAxes = -1
    """The axis or axes along which the length is 1."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        example_axes(self.axis, x)
        return Inferred(x, flops=3 * x.size)

    def lower(self) -> Call:
        return Call(unit_normalization, axis=self.axis)


def unit_normalization(
    x: Array, *, axis: int | tuple[int, ...] = -1, epsilon: float = 1e-12
) -> Array:
    # The bound is on the square: a root would have an infinite slope at zero.
    square = jnp.sum(x**2, axis=axis, keepdims=True)
    return x * lax.rsqrt(jnp.maximum(square, epsilon**2))
