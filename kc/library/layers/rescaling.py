"""A fixed affine map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Rescaling(Layer, kind="rescaling"):
    """``x * scale + offset``, as floats.

    Shapes: any -> the same.

    Source: ``keras/src/layers/preprocessing/rescaling.py``.

    Example:
        - rescaling: 1/255
    """

    scale: float
    """Factor."""
    offset: float = 0.0
    """Added after scaling."""

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(x.with_dtype("float32"), flops=2 * x.size)

    def lower(self) -> Call:
        return Call(rescaling, scale=self.scale, offset=self.offset)


def rescaling(x: Array, *, scale: float, offset: float) -> Array:
    return x.astype(jnp.float32) * scale + offset
