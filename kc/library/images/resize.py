"""Cutting and scaling images to a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp

if TYPE_CHECKING:
    from jax import Array


def crop_to_aspect(x: Array, height: int, width: int) -> Array:
    """The largest part in the middle that has the proportions of a size."""
    _, rows, columns, _ = x.shape
    cut_rows = max(min(rows, columns * height // width), 1)
    cut_columns = max(min(columns, rows * width // height), 1)
    top, left = (rows - cut_rows) // 2, (columns - cut_columns) // 2
    return x[:, top : top + cut_rows, left : left + cut_columns]


def pad_to_aspect(x: Array, height: int, width: int, fill_value: float) -> Array:
    """The image with borders that give it the proportions of a size."""
    _, rows, columns, _ = x.shape
    above = (max(rows, columns * height // width) - rows) // 2
    beside = (max(columns, rows * width // height) - columns) // 2
    borders = ((0, 0), (above, above), (beside, beside), (0, 0))
    return jnp.pad(x, borders, constant_values=fill_value)


def resize(
    x: Array, height: int, width: int, interpolation: str = "bilinear", antialias: bool = False
) -> Array:
    """Images (batch, rows, columns, channels) -> (batch, height, width, channels)."""
    shape = (len(x), height, width, x.shape[-1])
    return jax.image.resize(x, shape, interpolation, antialias)
