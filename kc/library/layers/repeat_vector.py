"""A vector at each of several steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import PositiveInt
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class RepeatVector(Layer, kind="repeat_vector"):
    """The input, ``n`` times.

    Shapes: (features,) -> (n, features).

    Source: ``keras/src/layers/reshaping/repeat_vector.py``.

    Example:
        - repeat_vector: 3
    """

    n: PositiveInt
    """Number of steps."""

    def infer(self, x: TensorType, /) -> Inferred:
        if x.rank != 1:
            raise ShapeError(
                f"needs {x.dtype}[batch, features], the input is {x}", "put a `flatten` before it"
            )
        return Inferred(x.with_shape(self.n, x.size))

    def lower(self) -> Call:
        return Call(repeat_vector, n=self.n)


def repeat_vector(x: Array, *, n: int) -> Array:
    return jnp.repeat(x[:, None], n, axis=1)
