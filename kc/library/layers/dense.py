"""Fully connected layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType, Weight
from kc.library.activations import ActivationField, activate, activated
from kc.library.constraints import ConstraintField
from kc.library.fields import PositiveInt
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class Dense(Layer, kind="dense"):
    """Affine map of the last axis: ``activation(x @ kernel + bias)``.

    Shapes: (..., features) -> (..., units).

    Source: ``keras/src/layers/core/dense.py``.

    Example:
        - dense: {units: 10, activation: softmax}
    """

    masking = "pass"

    units: PositiveInt
    """Size of the output's last axis."""
    activation: ActivationField = None
    """Function applied to the result; none by default."""
    use_bias: bool = True
    """Whether to add a trainable bias."""
    kernel_initializer: InitializerField = GLOROT_UNIFORM
    """First value of the kernel."""
    bias_initializer: InitializerField = ZEROS
    """First value of the bias."""
    kernel_regularizer: RegularizerField = None
    """Penalty on the kernel, added to the loss."""
    bias_regularizer: RegularizerField = None
    """Penalty on the bias."""
    activity_regularizer: RegularizerField = None
    """Penalty on the output, divided by the examples of the batch."""
    kernel_constraint: ConstraintField = None
    """What the kernel is made to fulfil after every update."""
    bias_constraint: ConstraintField = None
    """What the bias is made to fulfil after every update."""

    def infer(self, x: TensorType, /) -> Inferred:
        kernel = Weight(
            (x.axis(-1), self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        weights = {"kernel": kernel}
        if self.use_bias:
            weights["bias"] = Weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        y = x.with_axis(-1, self.units).with_dtype("float32")
        flops = 2 * x.size * self.units + y.size * self.use_bias
        return Inferred(activated(self.activation, y), weights, flops=flops)

    def lower(self) -> Sequence[Call]:
        return [Call(dense), *activate(self.activation)]


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Array:
    """x (..., features), kernel (features, units), bias (units,) -> (..., units)."""
    y = jnp.matmul(x, kernel)
    return y if bias is None else y + bias
