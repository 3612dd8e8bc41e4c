"""Random numbers for a batch of images, and where its channels are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jax, jnp

if TYPE_CHECKING:
    from jax import Array


def per_example(key: Array, x: Array, low: float, high: float) -> Array:
    """A number for each example of a batch of images: (batch, 1, 1, 1)."""
    return jax.random.uniform(key, (len(x), 1, 1, 1), minval=low, maxval=high)


def sign_per_example(key: Array, x: Array) -> Array:
    """1 or -1 for each example of a batch of images: (batch, 1, 1, 1)."""
    return jnp.where(jax.random.bernoulli(key, 0.5, (len(x), 1, 1, 1)), 1.0, -1.0)


def chosen(key: Array, x: Array, probability: tuple[float, float]) -> Array:
    """Whether each example takes part, with a probability drawn from a range for each."""
    first, second = jax.random.split(key)
    return per_example(first, x, 0.0, 1.0) < per_example(second, x, *probability)


def strip(key: Array, x: Array, axis: int, part: Array) -> Array:
    """Which cells of an axis lie in a stretch of it that begins at random.

    Args:
        key: randomness of the beginning.
        x: images (batch, height, width, channels).
        axis: 1 or 2.
        part: (batch, 1, 1, 1) how much of the axis the stretch covers.
    """
    size = x.shape[axis]
    length = size * part
    start = per_example(key, x, 0.0, 1.0) * (size - length)
    shape = [1, 1, 1, 1]
    shape[axis] = size
    place = jnp.arange(size).reshape(shape)
    return (place >= start) & (place < start + length)


def to_last(x: Array, data_format: str) -> Array:
    """Images with the channels on the last axis."""
    return x if data_format == "channels_last" else jnp.moveaxis(x, 1, -1)


def from_last(x: Array, data_format: str) -> Array:
    """Images with the channels back where the data format has them."""
    return x if data_format == "channels_last" else jnp.moveaxis(x, -1, 1)
