"""Whole numbers as vectors, as several layers write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kc.core.lazy import jax, jnp, np
from kc.core.sizes import known
from kc.core.types import ShapeError, TensorType

if TYPE_CHECKING:
    from jax import Array

OutputMode = Literal["int", "one_hot", "multi_hot", "count"]
"""A number, a vector for each number, or one vector for all: which occur, or how often."""


def check_whole_numbers(x: TensorType) -> None:
    """Raise ShapeError for an input of something else."""
    if x.dtype not in {"int32", "uint8"}:
        raise ShapeError(
            f"needs whole numbers, the input is {x}",
            "declare the input as `{shape: [...], dtype: int32}`",
        )


def check_text(x: TensorType) -> None:
    """Raise ShapeError for an input of something else."""
    if not x.is_text:
        raise ShapeError(
            f"needs text, the input is {x}", "declare the input as `{shape: [...], dtype: string}`"
        )


def encoded_type(x: TensorType, mode: str, depth: int) -> TensorType:
    """The type of encoded numbers.

    Raises:
        ShapeError: when there is no axis of numbers to take together, or when it is not known
            whether a number stands alone.
    """
    if mode == "int":
        return x.with_dtype("int32")
    shape = x.shape
    if mode == "one_hot":
        # As in Keras, one number alone in its axis makes one vector.
        shape = shape[:-1] if known(shape[-1:]) == (1,) else shape
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
        return jax.nn.one_hot(x[..., 0] if x.ndim > 1 and x.shape[-1] == 1 else x, depth)
    vectors = jax.nn.one_hot(x, depth)
    if mode == "multi_hot":
        return jnp.max(vectors, axis=1)
    return jnp.sum(vectors if weights is None else vectors * weights[..., None], axis=1)


def encode_on_host(x: np.ndarray, mode: str, depth: int) -> np.ndarray:
    """As ``encode``, in NumPy: there, no vector for each number may take memory."""
    if mode == "int":
        return x.astype(np.int32)
    if mode == "one_hot":
        x = x[..., 0] if x.ndim > 1 and x.shape[-1] == 1 else x
        return (x[..., None] == np.arange(depth)).astype(np.float32)
    x = np.moveaxis(x, 1, -1)
    known = (x >= 0) & (x < depth)
    counts = np.zeros((*x.shape[:-1], depth), np.float32)
    np.add.at(counts, (*np.nonzero(known)[:-1], x[known]), 1)
    return np.minimum(counts, 1) if mode == "multi_hot" else counts
