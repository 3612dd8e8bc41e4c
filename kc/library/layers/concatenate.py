"""Inputs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.axes import example_axis
from kc.library.fields import Axis
from kc.library.merging import Merge, common_dtype

if TYPE_CHECKING:
    from jax import Array


class Concatenate(Merge, kind="concatenate"):
    """Its inputs one after another along an axis.

    Shapes: shapes that differ only on ``axis`` -> the same with the sum of the sizes there.

    Source: ``keras/src/layers/merging/concatenate.py``.

    Example:
        - {concatenate: {}, from: [left, right]}
    """

    axis: Axis = -1
    """The axis to join."""

    def infer(self, *inputs: TensorType) -> Inferred:
        first = inputs[0]
        axis = example_axis(self.axis, first)
        for other in inputs[1:]:
            if other.rank != first.rank or any(
                a != b
                for i, (a, b) in enumerate(zip(first.shape, other.shape, strict=True))
                if i != axis
            ):
                raise ShapeError(
                    f"cannot join {first} and {other} along axis {self.axis}",
                    "their shapes may differ on that axis only",
                )
        joined = first.with_axis(axis, sum(x.shape[axis] for x in inputs))
        return Inferred(joined.with_dtype(common_dtype(inputs)))

    def lower(self) -> Call:
        return Call(concatenate, axis=self.axis)


def concatenate(*inputs: Array, axis: int) -> Array:
    return jnp.concatenate(inputs, axis=axis)
