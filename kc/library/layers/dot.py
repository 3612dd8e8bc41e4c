"""Dot product of two inputs, example by example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from kc.core.lazy import lax
from kc.core.program import Call
from kc.core.types import Inferred, Precision, Shape, ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis, one_number
from kc.library.layers.unit_normalization import unit_normalization
from kc.library.merging import Merge

if TYPE_CHECKING:
    from jax import Array


class Dot(Merge, kind="dot"):
    """The sum of products along one axis of each of two inputs, for all pairs of the other axes.

    With ``normalize`` both inputs are divided by their Euclidean length along the axis first, so
    that the result is the cosine of the angle.

    Shapes: two inputs without their axis -> the axes of the first, then those of the second; two
    vectors give one number, with shape (1).

    Source: ``keras/src/layers/merging/dot.py``.

    Example:
        - {dot: {axes: 1, normalize: true}, from: [left, right]}
    """

    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    axes: Annotated[
        tuple[Axis, Axis],
        one_number(int, lambda value: (value, value), Axis | tuple[Axis, Axis]),
    ]
    """The axis that is summed over: one for both inputs, or one for each."""
    normalize: bool = False
    """Whether to give all vectors along the axes the length 1 first."""

    def computes_in(self, precision: Precision) -> Precision:
        # The square of a short vector is nothing in float16.
        return "float32" if self.normalize else precision

    def infer(self, *inputs: TensorType) -> Inferred:
        left, right = inputs
        first, second = (example_axis(a, x) for a, x in zip(self.axes, inputs, strict=True))
        if left.shape[first] != right.shape[second]:
            raise ShapeError(
                f"cannot multiply {left} along axis {self.axes[0]} with {right} along axis "
                f"{self.axes[1]}: sizes {left.shape[first]} and {right.shape[second]} differ",
                "choose `axes` of the same size",
            )
        if not (left.is_float and right.is_float):
            raise ShapeError(f"needs floats, the inputs are {left} and {right}")
        shape = (*_without(left, first), *_without(right, second))
        y = TensorType(shape or (1,))
        return Inferred(y, flops=2 * y.size * left.shape[first])

    def lower(self) -> Call:
        return Call(dot, axes=self.axes, normalize=self.normalize)


def _without(x: TensorType, axis: int) -> Shape:
    return x.shape[:axis] + x.shape[axis + 1 :]


def dot(left: Array, right: Array, *, axes: tuple[int, int], normalize: bool = False) -> Array:
    if normalize:
        left = unit_normalization(left, axis=axes[0], epsilon=1e-7)
        right = unit_normalization(right, axis=axes[1], epsilon=1e-7)
    first, second = axes[0] % left.ndim, axes[1] % right.ndim
    y = lax.dot_general(left, right, (((first,), (second,)), ((0,), (0,))))
    return y.reshape(-1, 1) if y.ndim == 1 else y
