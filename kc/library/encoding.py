"""Whole numbers as vectors, as several layers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kc.core.lazy import jax, jnp
from kc.core.types import ShapeError, TensorType

if TYPE_CHECKING:
    from jax import Array

OutputMode = Literal["int", "one_hot", "multi_hot", "count"]
"""A number, a vector for each number, or one vector for all: which occur, or how often."""


def encoded_type(x: TensorType, mode: OutputMode, depth: int) -> TensorType:
    """The type of encoded numbers.

    Raises:
        ShapeError: when there is no axis of numbers to take together.
    """
    if mode == "int":
        return x.with_dtype("int32")
    shape = x.shape
    if mode == "one_hot":
        # As in Keras, one number alone in its axis makes one vector.
        shape = shape[:-1] if shape[-1:] == (1,) else shape
    elif not shape:
        raise ShapeError(
            f"cannot take numbers together, the input is {x}", "use `output_mode: one_hot`"
        )
    else:
        shape = shape[1:]
    return TensorType((*shape, depth))


def encode(x: Array, mode: str, depth: int, weights: Array | None = None) -> Array:
    """Whole numbers (batch, ...) in a mode. Those outside of 0 <= i < depth leave no trace."""
    if mode == "int":
        return x.astype(jnp.int32)
    if mode == "one_hot":
        if x.ndim > 1 and x.shape[-1] == 1:
            x = x[..., 0]
        return jax.nn.one_hot(x, depth)
    vectors = jax.nn.one_hot(x, depth)
    if mode == "multi_hot":
        return jnp.max(vectors, axis=1)
    return jnp.sum(vectors if weights is None else vectors * weights[..., None], axis=1)
