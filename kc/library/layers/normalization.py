"""Features of mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.axes import example_axes
from kc.library.fields import Axis
from kc.library.fitting import Fitting

if TYPE_CHECKING:
    import numpy as np
    from jax import Array

Numbers = float | tuple[float, ...] | tuple[tuple[float, ...], ...]
"""A number, or numbers along one axis or two."""


class Normalization(Fitting, kind="normalization"):
    """``(x - mean) / sqrt(variance)`` with a mean and a variance that are known, as floats.

    The divisor is at least 1e-7. Where they are not given, both are found in the training examples,
    as Keras's ``adapt`` does.

    Shapes: any -> the same. Numbers lie along ``axis``; a single one is for all.

    Source: ``keras/src/layers/preprocessing/normalization.py``.

    Example:
        - normalization: {mean: 0.5, variance: 0.04}   # or `- normalization`
    """

    in_float32 = True
    finds = ("mean", "variance")

    axis: Axis | tuple[Axis, ...] | None = -1
    """Axes that have a mean and a variance for each place; null has one for all."""
    mean: Numbers | None = None
    """What is subtracted."""
    variance: Numbers | None = None
    """The square of what is divided by."""
    invert: bool = False
    """Goes back: ``x * sqrt(variance) + mean``."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Normalization:
        if (self.mean is None) != (self.variance is None):
            raise ValueError("`mean` and `variance` come together")
        if _shape(self.mean) != _shape(self.variance):
            raise ValueError("`mean` and `variance` need as many numbers as each other")
        if None in {_shape(self.mean), _shape(self.variance)}:
            raise ValueError("the rows of `mean` and `variance` need the same length")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        kept = example_axes(self._axes, x)
        if self.mean is None and len(kept) > 2:
            raise ShapeError("finds numbers along two axes at most", "choose fewer in `axis`")
        shape = _shape(self.mean) or ()
        places = [x.shape[axis] for axis in kept][len(kept) - len(shape) :]
        if len(shape) > len(kept) or any(
            n not in {1, place} for n, place in zip(shape, places, strict=True)
        ):
            raise ShapeError(f"has {' x '.join(map(str, shape))} numbers for the axes of {x}")
        return Inferred(x.with_dtype("float32"), flops=2 * x.size)

    @property
    def _axes(self) -> tuple[int, ...]:
        if self.axis is None:
            return ()
        return self.axis if isinstance(self.axis, tuple) else (self.axis,)

    def fit(self, batches: Iterable[np.ndarray]) -> Self:
        count, mean, variance = 0, 0.0, 0.0
        for values in batches:
            kept = {axis % values.ndim for axis in self._axes}
            others = tuple(axis for axis in range(values.ndim) if axis not in kept)
            # In float64: a sum of many float32 loses digits.
            own_mean, own_variance = values.mean(others, float), values.var(others, float)
            # Chan, Golub and LeVeque 1983: moments of two parts from those of each.
            count += len(values)
            share, shift = len(values) / count, own_mean - mean
            variance += share * (own_variance - variance + (1 - share) * shift**2)
            mean += share * shift
        return self.with_fields(mean=_nested(mean), variance=_nested(variance))

    def lower(self) -> Call:
        return Call(
            normalization,
            mean=self.mean,
            variance=self.variance,
            axis=self._axes,
            invert=self.invert,
        )


def _shape(numbers: Numbers | None) -> tuple[int, ...] | None:
    """The shape of nested numbers; None when their rows differ in length."""
    if not isinstance(numbers, tuple):
        return ()
    rows = [_shape(row) for row in numbers]
    if not rows or any(row is None or row != rows[0] for row in rows):
        return None
    return (len(rows), *(rows[0] or ()))


def normalization(
    x: Array,
    *,
    mean: Numbers,
    variance: Numbers,
    axis: tuple[int, ...] = (-1,),
    invert: bool = False,
) -> Array:
    x = jnp.asarray(x, jnp.float32)
    center = along_axes(mean, axis, x.ndim)
    deviation = jnp.maximum(jnp.sqrt(along_axes(variance, axis, x.ndim)), 1e-7)
    return center + x * deviation if invert else (x - center) / deviation


def along_axes(numbers: Numbers, axes: tuple[int, ...], rank: int) -> Array:
    """Numbers that broadcast along some axes of an array, the last ones first."""
    values = jnp.array(numbers, jnp.float32)
    shape = [1] * rank
    kept = sorted(axis % rank for axis in axes)
    for axis, size in zip(reversed(kept), reversed(values.shape), strict=False):
        shape[axis] = size
    return values.reshape(shape)


def _nested(x: Any) -> Numbers:
    """Numbers of an array with up to two axes, each in as few digits as float32 holds."""
    if getattr(x, "ndim", 0):
        return tuple(_nested(row) for row in x)  # pyright: ignore[reportReturnType]
    import numpy as np

    return float(str(np.float32(x)))
