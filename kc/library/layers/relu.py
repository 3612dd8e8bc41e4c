"""Rectifier."""

from __future__ import annotations

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.activations import relu
from kc.library.fields import NonNegativeFloat
from kc.library.layer import Layer


class ReluLayer(Layer, kind="relu"):
    """``x`` above ``threshold``, at most ``max_value``; a slope through ``threshold`` below.

    The arguments are those of ``activation: relu`` in the order of Keras's layer: ``relu: 6`` sets
    ``max_value``.

    Shapes: any -> the same.

    Source: ``keras/src/layers/activations/relu.py``.

    Example:
        - relu: {max_value: 6, negative_slope: 0.1}
    """

    masking = "pass"

    max_value: NonNegativeFloat | None = None
    """Upper bound of the output; none by default."""
    negative_slope: NonNegativeFloat = 0.0
    """Slope below the threshold."""
    threshold: NonNegativeFloat = 0.0
    """Where the function leaves its lower branch."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=x.size)

    def lower(self) -> Call:
        return Call(
            relu,
            negative_slope=self.negative_slope,
            max_value=self.max_value,
            threshold=self.threshold,
        ).branches_on("negative_slope", "threshold")
