"""Floats of fewer bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jax, jnp

if TYPE_CHECKING:
    from jax import Array


def cast_floats(arrays: Any, *, precision: str) -> Any:
    """The floats among an array or a map of arrays in a precision; other arrays as they are."""

    def change(x: Array) -> Array:
        return x.astype(precision) if jnp.issubdtype(x.dtype, jnp.floating) else x

    return jax.tree.map(change, arrays)
