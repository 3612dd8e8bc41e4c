"""Arrays in words, for messages about values that are not finite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np


def is_finite(array: Any) -> bool:
    """Whether an array holds neither NaN nor an infinity."""
    return bool(jnp.isfinite(array).all())


def is_float(array: Any) -> bool:
    return bool(jnp.issubdtype(array.dtype, jnp.inexact))


def span_of(array: Any) -> str:
    """``-2 to 3.5, 4 of 32 not finite``."""
    # NumPy cannot print the halves.
    numbers = np.asarray(jnp.asarray(array, jnp.float32) if is_float(array) else array)
    finite = numbers[np.isfinite(numbers)]
    shown = f"{finite.min():.4g} to {finite.max():.4g}" if finite.size else "none finite"
    lost = numbers.size - finite.size
    return shown if not lost else f"{shown}, {lost:,} of {numbers.size:,} not finite"


def spans_of(arrays: Iterable[Any]) -> str:
    return " and ".join(map(span_of, arrays))


def named_spans(arrays: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}`: {span_of(array)}" for name, array in arrays.items())
