"""Difference of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.merging import Elementwise, align

if TYPE_CHECKING:
    from jax import Array


class Subtract(Elementwise, kind="subtract"):
    """The first input minus the second, element by element.

    Shapes: equal shapes -> the same; sizes of 1 stretch, and where ranks differ the smaller one
    gets axes right after the batch.

    Source: ``keras/src/layers/merging/subtract.py``.

    Example:
        - {subtract: {}, from: [left, right]}
    """

    arity: ClassVar[tuple[int, int | None]] = (2, 2)

    def infer(self, *inputs: TensorType) -> Inferred:
        inferred = super().infer(*inputs)
        if inferred.output.dtype == "bool":
            raise ShapeError("cannot subtract truth values", "declare one input as int32")
        return inferred

    def lower(self) -> Call:
        return Call(subtract)


def subtract(*inputs: Array) -> Array:
    left, right = align(inputs)
    return jnp.subtract(left, right)
