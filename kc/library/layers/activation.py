"""An activation as a layer of its own."""

from __future__ import annotations

from typing import Annotated

from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.types import Inferred, TensorType
from kc.library.activations import Activation
from kc.library.layer import Layer


class ActivationLayer(Layer, kind="activation"):
    """An activation function, applied to each element or along an axis.

    Shapes: any -> the same. ``- tanh`` is short for ``- activation: tanh``.

    Source: ``keras/src/layers/activations/activation.py``.

    Example:
        - activation: relu
    """

    masking = "pass"

    activation: Annotated[Activation, EntryOf("activation")]
    """The function."""

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(self.activation.infer(x), flops=x.size)

    def lower(self) -> Call:
        return self.activation.lower()
