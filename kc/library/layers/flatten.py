"""All axes into one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, TensorType
from kc.library.fields import DataFormat
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Flatten(Layer, kind="flatten"):
    """All axes of an example in one, the last axis varying fastest.

    Shapes: (a, b, ...) -> (a * b * ...,); a single number becomes (1,).

    Source: ``keras/src/layers/reshaping/flatten.py``.

    Example:
        - flatten
    """

    data_format: DataFormat = "channels_last"
    """With ``channels_first`` the first axis is moved to the end before flattening."""

    def infer(self, x: TensorType, /) -> Inferred:
        return Inferred(x.with_shape(x.size))

    def lower(self) -> Call:
        return Call(flatten, channels_first=self.data_format == "channels_first")


def flatten(x: Array, *, channels_first: bool = False) -> Array:
    if channels_first and x.ndim > 2:
        x = jnp.moveaxis(x, 1, -1)
    return x.reshape(x.shape[0], math.prod(x.shape[1:]))
