"""A penalty on what passes through."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import NonNegativeFloat
from kc.library.layer import Layer, Masking
from kc.library.layers.identity import identity
from kc.library.regularizers import L1L2, Regularizer


class ActivityRegularization(Layer, kind="activity_regularization"):
    """``x``; adds ``l1 * sum(|x|) + l2 * sum(x^2)``, divided by the batch, to the loss.

    Keras 2 did not divide by the examples of the batch.

    Shapes: any -> the same.

    Source: ``keras/src/layers/regularization/activity_regularization.py``.

    Example:
        - activity_regularization: {l2: 0.01}
    """

    masking: ClassVar[Masking] = "pass"

    l1: NonNegativeFloat = 0.0
    """Factor of the sum of absolute values."""
    l2: NonNegativeFloat = 0.0
    """Factor of the sum of squares."""

    @model_validator(mode="after")
    def _some(self) -> ActivityRegularization:
        if not self.model_fields_set:
            raise ValueError("needs `l1` or `l2`: both are 0 by default")
        return self

    @property
    def activity_regularizer(self) -> Regularizer:
        return L1L2(l1=self.l1, l2=self.l2)

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        return Inferred(x, flops=4 * x.size)

    def lower(self) -> Call:
        return Call(identity)
