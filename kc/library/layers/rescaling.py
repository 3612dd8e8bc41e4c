"""A fixed affine map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Rescaling(Layer, kind="rescaling"):
    """``x * scale + offset``, as floats.

    Shapes: any -> the same. A list has one number for each place on the last axis, as for the
    channels of an image.

    Source: ``keras/src/layers/preprocessing/rescaling.py``.

    Example:
        - rescaling: 1/255
    """

    in_float32 = True
    masking = "pass"

    scale: float | tuple[float, ...]
    """Factor, or factors."""
    offset: float | tuple[float, ...] = 0.0
    """Added after scaling: a number, or numbers."""

    def infer(self, x: TensorType, /) -> Inferred:
        for value in (self.scale, self.offset):
            if isinstance(value, tuple) and len(value) != x.axis(-1):
                raise ShapeError(f"has {len(value)} numbers for the last axis of {x}")
        return Inferred(x.with_dtype("float32"), flops=2 * x.size)

    def lower(self) -> Call:
        return Call(rescaling, scale=self.scale, offset=self.offset)


def rescaling(
    x: Array, *, scale: float | tuple[float, ...], offset: float | tuple[float, ...] = 0.0
) -> Array:
    return x.astype(jnp.float32) * jnp.array(scale) + jnp.array(offset)
