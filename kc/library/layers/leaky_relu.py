"""Rectifier with a slope on its left."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.activations import leaky_relu
from kc.library.fields import NonNegativeFloat
from kc.library.layer import Layer


class LeakyReluLayer(Layer, kind="leaky_relu"):
    """``x`` if positive, else ``negative_slope * x`` (Maas et al. 2013).

    As in Keras, the slope is 0.3 in this layer and 0.2 in ``activation: leaky_relu``.
    Keras 2 called it ``alpha``.

    Shapes: any -> the same.

    Source: ``keras/src/layers/activations/leaky_relu.py``.

    Example:
        - leaky_relu: 0.1
    """

    masking = "pass"

    negative_slope: NonNegativeFloat = 0.3
    """Slope for negative inputs."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=x.size)

    def lower(self) -> Call:
        return Call(leaky_relu, negative_slope=self.negative_slope)
