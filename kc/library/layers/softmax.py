"""Probabilities from scores."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.activations import softmax
from kc.library.axes import SomeAxes, example_axes
from kc.library.layer import Layer


class SoftmaxLayer(Layer, kind="softmax"):
    """``exp(x) / sum(exp(x))`` along one axis, or over several together.

    Shapes: any -> the same.

    Source: ``keras/src/layers/activations/softmax.py``.

    Example:
        - softmax
    """

    masking = "pass"

    axis: SomeAxes = -1
    """The axis or axes over which the results sum to 1."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        example_axes(self.axis, x)
        return Inferred(x, flops=x.size)

    def lower(self) -> Call:
        return Call(softmax, axis=self.axis)
