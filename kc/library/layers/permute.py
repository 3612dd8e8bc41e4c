"""Axes in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.fields import PositiveInt
from kc.library.layer import Layer

if TYPE_CHECKING:
    from jax import Array


class Permute(Layer, kind="permute", aka=("transpose",)):
    """Axis i of the output is axis ``dims[i]`` of the input; axes count from 1, after the batch.

    Shapes: (a, b, c) -> (c, a, b) for ``dims`` [3, 1, 2].

    Source: ``keras/src/layers/reshaping/permute.py``.

    Example:
        - permute: [3, 1, 2]
    """

    dims: tuple[PositiveInt, ...]
    """Each axis once, in the order of the output."""

    @model_validator(mode="after")
    def _check(self) -> Permute:
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"`dims` names each axis from 1 to {len(self.dims)} once")
        return self

    def infer(self, x: TensorType, /) -> Inferred:
        if x.rank != len(self.dims):
            raise ShapeError(
                f"orders {len(self.dims)} axes, the input is {x}",
                f"name {x.rank} axes in `dims`: the batch does not count",
            )
        return Inferred(x.with_shape(*(x.shape[axis - 1] for axis in self.dims)))

    def lower(self) -> Call:
        return Call(permute, axes=(0, *self.dims))


def permute(x: Array, *, axes: tuple[int, ...]) -> Array:
    return jnp.transpose(x, axes)
