"""Gaussian blur, of its own width for each example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp, lax

if TYPE_CHECKING:
    from jax import Array


def gaussian(size: int, sigma: Array) -> Array:
    """Weights (batch, size) of a bell of width sigma (batch,), which sum to 1."""
    distance = jnp.arange(size) - (size - 1) / 2
    weights = jnp.exp(-0.5 * (distance / sigma[:, None]) ** 2)
    return weights / jnp.sum(weights, axis=1, keepdims=True)


def blur(x: Array, vertical: Array, horizontal: Array) -> Array:
    """Images (batch, height, width, channels) weighed along both axes; beyond the border is 0."""
    return _weigh(_weigh(x, vertical, axis=1), horizontal, axis=2)


def _weigh(x: Array, weights: Array, axis: int) -> Array:
    size = weights.shape[1]
    border = [(0, 0)] * 4
    border[axis] = (size // 2, size // 2)
    padded = jnp.pad(x, border)
    total = jnp.zeros_like(x)
    for i in range(size):
        cells = lax.slice_in_dim(padded, i, i + x.shape[axis], axis=axis)
        total += weights[:, i, None, None, None] * cells
    return total
