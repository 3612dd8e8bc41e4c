"""A layer that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Identity(Layer, kind="identity"):
    """``x``: a place to give a name to.

    Shapes: any -> the same.

    Source: ``keras/src/layers/core/identity.py``.

    Example:
        - {identity: {}, name: skip}
    """

    masking = "pass"

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(x)

    def lower(self) -> Call:
        return Call(identity)


def identity(x: Array) -> Array:
    return x
