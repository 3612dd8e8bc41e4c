"""Normalization of each example by its root mean square."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType, Weight
from kc.library.axes import SomeAxes, example_axes
from kc.library.fields import PositiveFloat
from kc.library.initializers import ONES
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class RMSNormalization(Layer, kind="rms_normalization"):
    """``scale * x / sqrt(mean(x^2) + epsilon)`` per example (Zhang and Sennrich 2019).

    The mean is taken over ``axis`` of each example; several axes share a scale of their joint
    shape. Keras multiplies with the scale as if ``axis`` were the last axes; here it stands on the
    axes that it was made for.

    Shapes: any -> the same.

    Source: ``keras/src/layers/normalization/rms_normalization.py``.

    Example:
        - rms_normalization
    """

    in_float32 = True
    masking = "pass"

    axis: SomeAxes = -1
    """The axis or axes that are normalized together."""
    epsilon: PositiveFloat = 1e-6
    """Added to the mean square."""

    def infer(self, x: TensorType, /) -> Inferred:
        if not x.is_float:
            raise ShapeError(f"needs floats, the input is {x}", "put a `rescaling` before it")
        shape = tuple(x.shape[axis] for axis in example_axes(self.axis, x))
        return Inferred(x, {"scale": Weight(shape, ONES)}, flops=4 * x.size)

    def lower(self) -> Call:
        return Call(rms_normalization, axis=self.axis, epsilon=self.epsilon)


def rms_normalization(
    x: Array, scale: Array, *, axis: int | tuple[int, ...] = -1, epsilon: float = 1e-6
) -> Array:
    axes = {i % x.ndim for i in (axis if isinstance(axis, tuple) else (axis,))}
    shape = [x.shape[i] if i in axes else 1 for i in range(x.ndim)]
    mean = jnp.mean(x**2, axis=tuple(axes), keepdims=True)
    return x * lax.rsqrt(mean + epsilon) * scale.reshape(shape)
