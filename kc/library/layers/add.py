"""Sum of several inputs."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.merging import Merge, broadcast

if TYPE_CHECKING:
    from jax import Array


class Add(Merge, kind="add"):
    """The elementwise sum of its inputs.

    Shapes: equal shapes -> the same; sizes of 1 stretch, and where ranks differ the smaller one
    gets axes right after the batch.

    Source: ``keras/src/layers/merging/base_merge.py``.

    Example:
        - {add: {}, from: [left, right]}
    """

    def infer(self, *inputs: TensorType) -> Inferred:
        y = broadcast(inputs)
        return Inferred(y, flops=y.size * (len(inputs) - 1))

    def lower(self) -> Call:
        return Call(add)


def add(*inputs: Array) -> Array:
    return reduce(jnp.add, align(inputs))


def align(inputs: tuple[Array, ...]) -> list[Array]:
    """Arrays of one rank, with axes added after the batch where they are missing."""
    rank = max(x.ndim for x in inputs)
    return [x.reshape(x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]) for x in inputs]
