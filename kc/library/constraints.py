"""Projections of weights, applied after every update.

Norms are Euclidean, over ``axis``; 1e-7 is added to those that a weight is divided by.

Source: ``keras/src/constraints/constraints.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.types import Shape, ShapeError
from kc.library.fields import Axes, NonNegativeFloat

if TYPE_CHECKING:
    from jax import Array

WeightAxes = Annotated[int, Field(ge=-16, le=15)] | Axes
"""One axis of a weight or several, from 0."""


class Constraint(Entry, family="constraint"):
    """Maps a weight to one that is allowed."""

    def check(self, shape: Shape) -> None:
        """Raise ShapeError where a weight of this shape cannot be constrained so."""

    def lower(self) -> Call:
        """A function of the weight that returns a weight of the same shape."""
        raise NotImplementedError


ConstraintField = Annotated[Constraint, EntryOf("constraint")] | None


class NonNeg(Constraint, kind="non_neg", aka=("non_negative",)):
    """``max(w, 0)``.

    Example:
        - dense: {units: 3, kernel_constraint: non_neg}
    """

    def lower(self) -> Call:
        return Call(non_neg)


class NormConstraint(Constraint):
    """A constraint of norms."""

    def check(self, shape: Shape) -> None:
        axes: tuple[int, ...] | int = getattr(self, "axis")  # noqa: B009
        for axis in axes if isinstance(axes, tuple) else (axes,):
            if not -len(shape) <= axis < len(shape):
                raise ShapeError(f"there is no axis {axis}")


class MaxNorm(NormConstraint, kind="max_norm"):
    """``w * min(|w|, max_value) / (|w| + 1e-7)``: norms of at most ``max_value``.

    The axis 0 of a dense kernel gives each unit the norm of its incoming weights; for the kernel
    of a convolution, name all axes but the last: ``axis: [0, 1, 2]``.

    Example:
        - dense: {units: 3, kernel_constraint: {max_norm: 3}}
    """

    max_value: NonNegativeFloat = 2.0
    """The largest norm."""
    axis: WeightAxes = 0
    """Axes of the weight over which a norm is taken."""

    def lower(self) -> Call:
        return Call(max_norm, max_value=self.max_value, axis=self.axis)


class UnitNorm(NormConstraint, kind="unit_norm"):
    """``w / (|w| + 1e-7)``: norms of 1.

    Example:
        - dense: {units: 3, kernel_constraint: unit_norm}
    """

    axis: WeightAxes = 0
    """Axes of the weight over which a norm is taken."""

    def lower(self) -> Call:
        return Call(unit_norm, axis=self.axis)


class MinMaxNorm(NormConstraint, kind="min_max_norm"):
    """``w * (rate * clip(|w|, min_value, max_value) + (1 - rate) * |w|) / (|w| + 1e-7)``.

    Norms between two bounds; with a rate below 1 they move a part of the way per step.

    Example:
        - dense: {units: 3, kernel_constraint: {min_max_norm: {min_value: 0.5, max_value: 2}}}
    """

    min_value: NonNegativeFloat = 0.0
    """The smallest norm."""
    max_value: NonNegativeFloat = 1.0
    """The largest norm."""
    rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Part of the way to the bound that a step goes."""
    axis: WeightAxes = 0
    """Axes of the weight over which a norm is taken."""

    @model_validator(mode="after")
    def _check(self) -> MinMaxNorm:
        if self.min_value > self.max_value:
            raise ValueError(f"`min_value` is above `max_value`, which is {self.max_value:g}")
        return self

    def lower(self) -> Call:
        return Call(
            min_max_norm,
            min_value=self.min_value,
            max_value=self.max_value,
            rate=self.rate,
            axis=self.axis,
        )


def non_neg(weight: Array) -> Array:
    return jnp.maximum(weight, 0.0)


def weight_norm(weight: Array, axis: int | tuple[int, ...]) -> Array:
    return jnp.sqrt(jnp.sum(weight**2, axis=axis, keepdims=True))


def max_norm(weight: Array, *, max_value: float, axis: int | tuple[int, ...] = 0) -> Array:
    norm = weight_norm(weight, axis)
    return weight * jnp.minimum(norm, max_value) / (norm + 1e-7)


def unit_norm(weight: Array, *, axis: int | tuple[int, ...] = 0) -> Array:
    return weight / (weight_norm(weight, axis) + 1e-7)


def min_max_norm(
    weight: Array,
    *,
    min_value: float = 0.0,
    max_value: float = 1.0,
    rate: float = 1.0,
    axis: int | tuple[int, ...] = 0,
) -> Array:
    norm = weight_norm(weight, axis)
    wanted = rate * jnp.clip(norm, min_value, max_value) + (1.0 - rate) * norm
    return weight * wanted / (norm + 1e-7)
