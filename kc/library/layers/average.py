"""Mean of several inputs."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.merging import Elementwise, align, broadcast

if TYPE_CHECKING:
    from jax import Array


class Average(Elementwise, kind="average"):
    """The elementwise mean of its inputs, in floats.

    Shapes: equal shapes -> the same; sizes of 1 stretch, and where ranks differ the smaller one
    gets axes right after the batch.

    Source: ``keras/src/layers/merging/average.py``.

    Example:
        - {average: {}, from: [left, right]}
    """

    in_float32 = True

    def infer(self, *inputs: TensorType) -> Inferred:
        y = broadcast(inputs).with_dtype("float32")
        return Inferred(y, flops=y.size * len(inputs))

    def lower(self) -> Call:
        return Call(average)


def average(*inputs: Array) -> Array:
    # Floats first: a sum of small whole numbers may not fit their type.
    inputs = tuple(x.astype(jnp.float32) for x in inputs)
    return reduce(jnp.add, align(inputs)) / len(inputs)
