"""Normalization of groups of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import field_validator

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.axes import example_axis
from kc.library.constraints import ConstraintField
from kc.library.fields import LARGEST, Axis, PositiveFloat
from kc.library.initializers import ONES, ZEROS, InitializerField
from kc.library.layer import Layer
from kc.library.regularizers import RegularizerField

if TYPE_CHECKING:
    from jax import Array


class GroupNormalization(Layer, kind="group_normalization"):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` per group (Wu and He 2018).

    Neighbouring channels form groups of one size. Mean and biased variance are taken over all
    places and channels of a group, in each example by itself.

    Shapes: any -> the same; ``groups`` divides the size of ``axis``.

    Source: ``keras/src/layers/normalization/group_normalization.py``.

    Example:
        - group_normalization: {groups: 2}
    """

    in_float32 = True
    masking = "pass"

    groups: int = 32
    """Number of groups; -1 makes every channel one of its own (instance normalization)."""
    axis: Axis = -1
    """The axis of the channels."""
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
    """Penalty on ``gamma``, added to the loss."""
    beta_constraint: ConstraintField = None
    """What ``beta`` is made to fulfil after every update."""
    gamma_constraint: ConstraintField = None
    """What ``gamma`` is made to fulfil after every update."""

    @field_validator("groups", mode="after")
    @classmethod
    def _count(cls, groups: int) -> int:
        if groups != -1 and not 0 < groups <= LARGEST:
            raise ValueError("`groups` is a positive number, or -1 for one group per channel")
        return groups

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        size = x.shape[example_axis(self.axis, x)]
        if self.groups != -1 and size % self.groups:
            raise ShapeError(
                f"cannot divide {size} channels into {self.groups} groups",
                f"set `groups` to a number that divides {size}, or to -1",
            )
        weights: dict[str, Weight] = {}
        if self.scale:
            weights["gamma"] = Weight(
                (size,),
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            weights["beta"] = Weight(
                (size,),
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )
        return Inferred(x, weights, flops=8 * x.size)

    def lower(self) -> Call:
        return Call(group_normalization, groups=self.groups, axis=self.axis, epsilon=self.epsilon)


def group_normalization(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    groups: int = 32,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Array:
    axis = axis % x.ndim
    channels = x.shape[axis]
    groups = channels if groups == -1 else groups
    sizes = (groups, channels // groups)
    # (batch, ..., groups, channels of a group, ...)
    grouped = x.reshape(*x.shape[:axis], *sizes, *x.shape[axis + 1 :])
    axes = tuple(i for i in range(1, grouped.ndim) if i != axis)
    mean = jnp.mean(grouped, axis=axes, keepdims=True)
    variance = jnp.var(grouped, axis=axes, keepdims=True)
    shape = (*(1,) * axis, *sizes, *(1,) * (x.ndim - axis - 1))
    scale = lax.rsqrt(variance + epsilon)
    scale = scale if gamma is None else scale * gamma.reshape(shape)
    shift = -mean * scale if beta is None else beta.reshape(shape) - mean * scale
    return (grouped * scale + shift).reshape(x.shape)
