"""The end of a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class DropMask(Layer, kind="drop_mask"):
    """Its input without the mask: for what follows, masked steps are data like others.

    Keras has no such layer: there, a layer that knows no masks drops one with a warning. Here it is
    an error (KC306), and this layer says that it is meant.

    Shapes: any -> the same.

    Example:
        - drop_mask
    """

    masking = "end"

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(x)

    def lower(self) -> Call:
        return Call(drop_mask)


def drop_mask(x: Array) -> Array:
    return x
