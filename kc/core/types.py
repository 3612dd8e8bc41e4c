"""Types of tensors and what a layer tells about itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kc.core.dimension import Size as Size
from kc.core.dimension import names_in
from kc.core.shape_error import ShapeError as ShapeError
from kc.core.sizes import sizes_at

DType = Literal["float32", "int32", "uint8", "bool", "string"]
"""Type of an element. Arrays of strings are NumPy arrays of ``str`` objects, on the host only."""
Precision = Literal["float32", "bfloat16", "float16"]
"""What floats are while a model computes. Types keep saying ``float32``: it is no part of them."""
Shape = tuple[Size, ...]

MAX_RANK = 32
"""Bound on the axes of one tensor besides the batch; NumPy has a bound of 64, XLA none."""
MAX_ELEMENTS = 2**40
"""Bound on the elements of one tensor, so that no spec can ask for the impossible."""


def shape_text(shape: Iterable[object]) -> str:
    """``[batch, time, 8]``, as messages show shapes."""
    return f"[{', '.join(map(str, shape))}]"


@dataclass(frozen=True, slots=True)
class TensorType:
    """Shape without the batch, and element type: ``float32[batch, 8, 8]`` has shape ``(8, 8)``."""

    shape: Shape
    dtype: DType = "float32"

    def __str__(self) -> str:
        return f"{self.dtype}{shape_text(('batch', *self.shape))}"

    @property
    def rank(self) -> int:
        """Number of axes besides the batch."""
        return len(self.shape)

    @property
    def size(self) -> Size:
        """Elements of one example."""
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        return self.dtype == "float32"

    @property
    def is_text(self) -> bool:
        """Whether its elements are strings, which no device can hold."""
        return self.dtype == "string"

    def axis(self, index: int) -> Size:
        """Size of one axis, the batch not counted.

        Raises:
            ShapeError: when there is no such axis.
        """
        if not -self.rank <= index < self.rank:
            help = "give it one: `reshape: [1]`" if self.rank == 0 else None
            raise ShapeError(f"needs an axis {index}, the input is {self}", help)
        return self.shape[index]

    def with_axis(self, index: int, size: Size) -> TensorType:
        self.axis(index)
        shape = list(self.shape)
        shape[index] = size
        return replace(self, shape=tuple(shape))

    def with_shape(self, *shape: Size) -> TensorType:
        return replace(self, shape=shape)

    def at(self, sizes: Mapping[str, int]) -> TensorType:
        """The type where some or all unknown sizes are known."""
        return replace(self, shape=sizes_at(self.shape, sizes)) if self.names else self

    @property
    def names(self) -> tuple[str, ...]:
        """The unknown sizes that the shape depends on."""
        return names_in(self.shape)

    def with_dtype(self, dtype: DType) -> TensorType:
        return replace(self, dtype=dtype)


@dataclass(frozen=True, slots=True)
class Weight:
    """An array that a layer owns: a parameter, or state that training updates by itself."""

    shape: Shape
    init: object
    """The initializer entry that makes the first value (``library/initializers``)."""
    dtype: DType = "float32"
    regularizer: object | None = None
    """The regularizer entry whose penalty on the weight is added to the loss."""
    constraint: object | None = None
    """The constraint entry that is applied after every update."""

    @property
    def size(self) -> Size:
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class Inferred:
    """What a layer makes of its inputs."""

    output: TensorType
    weights: Mapping[str, Weight] = field(default_factory=dict[str, Weight])
    """Parameters by the name that the layer's function gives them."""
    state: Mapping[str, Weight] = field(default_factory=dict[str, Weight])
    """Arrays that the function takes by name and returns updated."""
    memory: Mapping[str, Shape] = field(default_factory=dict[str, Shape])
    """The same, instead of state, where each row of a batch has an array of this shape, which
    remembers the rows at its place in the batches before. It is zeros where an epoch, an evaluation
    or a prediction begins.
    """
    flops: Size = 0
    """Additions and multiplications for one example, forward."""
    parts: Mapping[str, TensorType] = field(default_factory=dict[str, TensorType])
    """What it makes beside the output, by the names of ``Layer.parts``."""
