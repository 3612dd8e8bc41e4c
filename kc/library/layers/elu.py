"""Exponential linear unit."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.activations import elu
from kc.library.layer import Layer


class EluLayer(Layer, kind="elu"):
    """``x`` if positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2016).

    Shapes: any -> the same.

    Source: ``keras/src/layers/activations/elu.py``.

    Example:
        - elu
    """

    masking = "pass"

    alpha: float = 1.0
    """Limit for large negative inputs, with its sign turned."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=x.size)

    def lower(self) -> Call:
        return Call(elu, alpha=self.alpha)
