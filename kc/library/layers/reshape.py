"""Another shape for the same elements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from kc.core.program import Call
from kc.core.sizes import divide
from kc.core.text import listing
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import LARGEST
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Reshape(Layer, kind="reshape"):
    """The same elements under another shape.

    Shapes: any -> ``target_shape``; one of its sizes may be -1 and follows from the others.

    Source: ``keras/src/layers/reshaping/reshape.py``.

    Example:
        - reshape: [4, -1]
    """

    target_shape: tuple[Annotated[int, Field(ge=-1, le=LARGEST)], ...]
    """The new shape, without the batch."""

    @model_validator(mode="after")
    def _check(self) -> Reshape:
        if self.target_shape.count(-1) > 1:
            raise ValueError("only one size of `target_shape` can be -1")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        known = math.prod(n for n in self.target_shape if n != -1)
        rest = divide(x.size, known) if -1 in self.target_shape else 1
        if rest is None or known * rest != x.size:
            raise ShapeError(
                f"cannot give {x.size} elements the shape {list(self.target_shape)}",
                f"the input is {x}; choose sizes whose product is {x.size}"
                + f", whatever {listing(x.names)} is" * bool(x.names),
            )
        return Inferred(x.with_shape(*(rest if n == -1 else n for n in self.target_shape)))

    def lower(self) -> Call:
        return Call(reshape, shape=self.target_shape)


def reshape(x: Array, *, shape: tuple[int, ...]) -> Array:
    return x.reshape(x.shape[0], *shape)
