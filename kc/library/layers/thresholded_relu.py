"""Rectifier that lets nothing small pass."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.activations import threshold
from kc.library.fields import NonNegativeFloat
from kc.library.layer import Layer


class ThresholdedRelu(Layer, kind="thresholded_relu"):
    """``x`` where ``x > theta``, else 0 (Konda et al. 2015).

    Keras 3 has dropped the layer; ``activation: threshold`` is the same with a value of choice.

    Shapes: any -> the same.

    Source: ``keras/layers/advanced_activations.py`` of Keras 2.2.4.

    Example:
        - thresholded_relu: 0.5
    """

    masking = "pass"

    theta: NonNegativeFloat = 1.0
    """Where the input begins to pass."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=x.size)

    def lower(self) -> Call:
        return Call(threshold, threshold=self.theta, default_value=0.0)
