"""Fully connected layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType, Weight
from kc.library.activations import ActivationField, activate, activated
from kc.library.fields import PositiveInt
from kc.library.initializers import GLOROT_UNIFORM, ZEROS, InitializerField
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Dense(Layer, kind="dense"):
    """Affine map of the last axis: ``activation(x @ kernel + bias)``.

    Shapes: (..., features) -> (..., units).

    Source: ``keras/src/layers/core/dense.py``.

    Example:
        - dense: {units: 10, activation: softmax}
    """

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

    def infer(self, x: TensorType, /) -> Inferred:
        weights = {"kernel": Weight((x.axis(-1), self.units), self.kernel_initializer)}
        if self.use_bias:
            weights["bias"] = Weight((self.units,), self.bias_initializer)
        y = x.with_axis(-1, self.units).with_dtype("float32")
        flops = 2 * x.size * self.units + y.size * self.use_bias
        return Inferred(activated(self.activation, y), weights, flops=flops)

    def lower(self) -> Sequence[Call]:
        return [Call(dense), *activate(self.activation)]


def dense(x: Array, kernel: Array, bias: Array | None = None) -> Array:
    """x (..., features), kernel (features, units), bias (units,) -> (..., units)."""
    y = jnp.matmul(x, kernel)
    return y if bias is None else y + bias
