"""Normalization of each example by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import field_validator

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.axes import example_axis
from kc.library.constraints import ConstraintField
from kc.library.fields import Axis, PositiveFloat
from kc.library.initializers import ONES, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class LayerNormalization(Layer, kind="layer_normalization"):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` per example (Ba et al. 2016).

    Mean and biased variance are taken over ``axis`` of each example; several axes share a gamma and
    beta of their joint shape. Epsilon is 1e-3, as in Keras.

    Shapes: any -> the same.

    Source: ``keras/src/layers/normalization/layer_normalization.py``.

    Example:
        - layer_normalization
    """

    in_float32 = True
    masking = "pass"

    axis: Axis | tuple[Axis, ...] = -1
    """The axis or axes that are normalized together."""
    epsilon: PositiveFloat = 1e-3
    """Added to the variance."""
    center: bool = True
    """Whether to add a trainable ``beta``."""
    scale: bool = True
    """Whether to multiply with a trainable ``gamma``."""
    beta_initializer: InitializerField = ZEROS
    """First value of ``beta``."""
    gamma_initializer: InitializerField = ONES
    """First value of ``gamma``."""
    beta_regularizer: RegularizerField = None
    """Penalty on ``beta``, added to the loss."""
    gamma_regularizer: RegularizerField = None
    """Penalty on ``gamma``."""
    beta_constraint: ConstraintField = None
    """What ``beta`` is made to fulfil after every update."""
    gamma_constraint: ConstraintField = None
    """What ``gamma`` is made to fulfil after every update."""

    @field_validator("axis", mode="after")
    @classmethod
    def _some(cls, axis: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if axis == ():
            raise ValueError("`axis` needs at least one axis")
        return axis

    @property
    def axes(self) -> tuple[int, ...]:
        return self.axis if isinstance(self.axis, tuple) else (self.axis,)

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}")
        axes = sorted({example_axis(axis, x) for axis in self.axes})
        shape = tuple(x.shape[axis] for axis in axes)
        weights: dict[str, Weight] = {}
        if self.scale:
            weights["gamma"] = Weight(
                shape,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            weights["beta"] = Weight(
                shape,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )
        return Inferred(x, weights, flops=8 * x.size)

    def lower(self) -> Call:
        return Call(layer_normalization, axes=self.axes, epsilon=self.epsilon)


def layer_normalization(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    axes: tuple[int, ...],
    epsilon: float,
) -> Array:
    axes = tuple(sorted({axis % x.ndim for axis in axes}))
    shape = [x.shape[i] if i in axes else 1 for i in range(x.ndim)]
    mean = jnp.mean(x, axis=axes, keepdims=True)
    variance = jnp.var(x, axis=axes, keepdims=True)
    scale = lax.rsqrt(variance + epsilon)
    scale = scale if gamma is None else scale * gamma.reshape(shape)
    shift = -mean * scale if beta is None else beta.reshape(shape) - mean * scale
    return x * scale + shift
