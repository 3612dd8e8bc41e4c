"""Values of images at places between their cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax

if TYPE_CHECKING:
    from jax import Array


def grid(x: Array) -> tuple[Array, Array]:
    """Rows (height, 1) and columns (1, width) of images (batch, height, width, channels)."""
    _, height, width, _ = x.shape
    return jnp.arange(height, dtype=jnp.float32)[:, None], jnp.arange(width, dtype=jnp.float32)


def sample(
    x: Array,
    rows: Array,
    columns: Array,
    *,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
) -> Array:
    """Images (batch, height, width, channels) at rows and columns (batch, height', width')."""
    if interpolation == "nearest":
        return _cells(x, lax.round(rows), lax.round(columns), fill_mode, fill_value)
    top, left = jnp.floor(rows), jnp.floor(columns)
    down, right = (rows - top)[..., None], (columns - left)[..., None]
    upper = (1 - right) * _cells(x, top, left, fill_mode, fill_value)
    upper += right * _cells(x, top, left + 1, fill_mode, fill_value)
    lower = (1 - right) * _cells(x, top + 1, left, fill_mode, fill_value)
    lower += right * _cells(x, top + 1, left + 1, fill_mode, fill_value)
    return (1 - down) * upper + down * lower


def _cells(x: Array, rows: Array, columns: Array, fill_mode: str, fill_value: float) -> Array:
    """The cells at whole rows and columns, which may lie beyond the border."""
    batch, height, width, _ = x.shape
    rows, columns = rows.astype(jnp.int32), columns.astype(jnp.int32)
    places = (
        jnp.arange(batch)[:, None, None],
        _within(rows, height, fill_mode),
        _within(columns, width, fill_mode),
    )
    values = x.at[places].get(mode="promise_in_bounds")
    if fill_mode != "constant":
        return values
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return jnp.where(inside[..., None], values, fill_value)


def _within(index: Array, size: int, fill_mode: str) -> Array:
    """The cell that stands for an index beyond the border."""
    if fill_mode == "wrap":
        return index % size
    if fill_mode == "reflect":
        # ... c b a | a b c | c b a ...
        index = index % (2 * size)
        return jnp.minimum(index, 2 * size - 1 - index)
    return jnp.clip(index, 0, size - 1)
