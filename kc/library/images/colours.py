"""Colours of images: spaces, and adjustments that several layers make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp

if TYPE_CHECKING:
    from jax import Array


def to_range(
    x: Array, source: tuple[float, float], target: tuple[float, float] = (0.0, 255.0)
) -> Array:
    """Values of one range in another one."""
    if source == target:
        return x
    scaled = (x - source[0]) / (source[1] - source[0])
    return scaled * (target[1] - target[0]) + target[0]


def grayscale(x: Array) -> Array:
    """Brightness as the eye weighs it, from red, green and blue: (..., 3) -> (..., 1)."""
    if x.shape[-1] == 1:
        return x
    return jnp.sum(x * jnp.array([0.2989, 0.587, 0.114]), axis=-1, keepdims=True)


def rgb_to_hsv(x: Array) -> tuple[Array, Array, Array]:
    """Hue and saturation in 0..1, and value, of red, green and blue on the last axis."""
    red, green, blue = x[..., 0], x[..., 1], x[..., 2]
    value = jnp.max(x, axis=-1)
    spread = value - jnp.min(x, axis=-1)
    # Divisors that are never 0: the gradient passes through both branches of `where`.
    divisor = jnp.where(spread > 0, spread, 1.0)
    sixth = jnp.where(
        value == red,
        (green - blue) / divisor,
        jnp.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor),
    )
    hue = jnp.where(spread > 0, (sixth / 6) % 1.0, 0.0)
    saturation = jnp.where(value > 0, spread / jnp.where(value > 0, value, 1.0), 0.0)
    return hue, saturation, value


def hsv_to_rgb(hue: Array, saturation: Array, value: Array) -> Array:
    """Red, green and blue on a last axis."""
    sixth = hue % 1.0 * 6
    red = jnp.abs(sixth - 3) - 1
    green, blue = 2 - jnp.abs(sixth - 2), 2 - jnp.abs(sixth - 4)
    pure = jnp.clip(jnp.stack([red, green, blue], axis=-1), 0.0, 1.0)
    saturation = saturation[..., None]
    return value[..., None] * (1 - saturation + saturation * pure)


def adjust_contrast(x: Array, factor: Array, value_range: tuple[float, float]) -> Array:
    """Distances from the mean of each channel, scaled; images (batch, height, width, channels)."""
    mean = jnp.mean(x, axis=(1, 2), keepdims=True)
    return jnp.clip((x - mean) * factor + mean, *value_range)


def adjust_hue(x: Array, change: Array, value_range: tuple[float, float]) -> Array:
    """Hues turned by parts of the colour circle (batch, 1, 1)."""
    hue, saturation, value = rgb_to_hsv(to_range(x, value_range, (0.0, 1.0)))
    y = jnp.clip(hsv_to_rgb(hue + change, saturation, value), 0.0, 1.0)
    return to_range(y, (0.0, 1.0), value_range)


def adjust_saturation(x: Array, factor: Array) -> Array:
    """Saturation scaled by a number for each example (batch, 1, 1)."""
    hue, saturation, value = rgb_to_hsv(x)
    return hsv_to_rgb(hue, jnp.clip(saturation * factor, 0.0, 1.0), value)


def sharpen(x: Array, factor: Array, value_range: tuple[float, float]) -> Array:
    """0 smooths, 0.5 changes nothing, 1 sharpens; beyond the border there is 0."""
    _, height, width, _ = x.shape
    padded = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    around = sum(padded[:, i : i + height, j : j + width] for i in range(3) for j in range(3))
    smooth = (around + 4 * x) / 13
    return jnp.clip(x + (1 - 2 * factor) * (smooth - x), *value_range)


def posterize(x: Array, bits: Array, value_range: tuple[float, float]) -> Array:
    """The highest bits of each value, which is a whole number of 0..255 for it."""
    step = 2.0 ** (8 - bits)
    y = jnp.floor(jnp.clip(to_range(x, value_range), 0.0, 255.0) / step) * step
    return to_range(y, (0.0, 255.0), value_range)


def solarize(
    x: Array, addition: Array, threshold: Array, value_range: tuple[float, float]
) -> Array:
    """Values from a threshold on, upside down; addition and threshold are of 0..255."""
    y = jnp.clip(to_range(x, value_range) + addition, 0.0, 255.0)
    return to_range(jnp.where(y < threshold, y, 255.0 - y), (0.0, 255.0), value_range)


def stretch(x: Array, value_range: tuple[float, float]) -> Array:
    """Each channel of each image over the whole range; one of a single value stays."""
    low, high = jnp.min(x, axis=(1, 2), keepdims=True), jnp.max(x, axis=(1, 2), keepdims=True)
    spread = jnp.where(high > low, high - low, 1.0)
    scaled = (x - low) / spread * (value_range[1] - value_range[0]) + value_range[0]
    return jnp.where(high > low, jnp.clip(scaled, *value_range), x)


def equalize(x: Array, bins: int, value_range: tuple[float, float]) -> Array:
    """Values by their rank, so that each is about equally frequent in its channel and image."""
    batch, height, width, channels = x.shape
    y = to_range(x, value_range)
    levels = jnp.clip((y * (bins - 1) / 255.0).astype(jnp.int32), 0, bins - 1)
    levels = levels.reshape(batch, height * width, channels)
    place = (jnp.arange(batch)[:, None, None], levels, jnp.arange(channels))
    counts = jnp.zeros((batch, bins, channels), jnp.int32).at[place].add(1)
    below = jnp.cumsum(counts, axis=1)
    # The level that is the lowest in the image goes to 0, the highest one to 255.
    lowest = jnp.min(jnp.where(below > 0, below, height * width), axis=1, keepdims=True)
    others = jnp.maximum(height * width - lowest, 1)
    table = jnp.clip(jnp.round((below - lowest) * 255.0 / others), 0.0, 255.0)
    single = jnp.sum(counts > 0, axis=1)[:, None, None] <= 1
    y = jnp.where(single, y, table[place].reshape(x.shape))
    return to_range(y, (0.0, 255.0), value_range)
