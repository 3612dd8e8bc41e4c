"""What layers with several inputs share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from kc.core.types import DType, Inferred, ShapeError, TensorType
from kc.library.layer import Layer


class Merge(Layer):
    """Makes one output of several inputs."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def infer(self, *inputs: TensorType) -> Inferred:
        raise NotImplementedError


def broadcast(inputs: tuple[TensorType, ...]) -> TensorType:
    """Type of an elementwise result, by Keras's rule.

    Sizes of 1 stretch; where ranks differ, the smaller one gets axes right after the batch.

    Raises:
        ShapeError: when two sizes differ and none of them is 1.
    """
    rank = max(x.rank for x in inputs)
    padded = [(1,) * (rank - x.rank) + x.shape for x in inputs]
    shape: list[int] = []
    for axis, sizes in enumerate(zip(*padded, strict=True)):
        wide = {n for n in sizes if n != 1}
        if len(wide) > 1:
            types = " and ".join(str(x) for x in inputs)
            different = " and ".join(map(str, sorted(wide)))
            raise ShapeError(
                f"cannot combine {types}: sizes {different} on axis {axis + 1} do not match",
                "give them equal shapes; a size of 1 stretches",
            )
        shape.append(wide.pop() if wide else 1)
    return TensorType(tuple(shape), common_dtype(inputs))


def common_dtype(inputs: Sequence[TensorType]) -> DType:
    """Type of elements that all inputs are converted to, as JAX promotes them."""
    types = {x.dtype for x in inputs}
    return next(dtype for dtype in _WIDEST_FIRST if dtype in types)


_WIDEST_FIRST: Sequence[DType] = ("float32", "int32", "uint8", "bool")
