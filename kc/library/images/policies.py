"""Augmentations to choose from at random, for layers that combine them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jax, jnp
from kc.library.layers.auto_contrast import auto_contrast
from kc.library.layers.equalization import equalization
from kc.library.layers.random_brightness import random_brightness
from kc.library.layers.random_color_degeneration import random_color_degeneration
from kc.library.layers.random_contrast import random_contrast
from kc.library.layers.random_posterization import random_posterization
from kc.library.layers.random_rotation import random_rotation
from kc.library.layers.random_sharpness import random_sharpness
from kc.library.layers.random_shear import random_shear
from kc.library.layers.random_translation import random_translation
from kc.library.layers.solarization import solarization

if TYPE_CHECKING:
    from jax import Array

MOVES_AND_TONES = 7
"""How many of the augmentations leave brightness, colour, contrast and sharpness alone."""
ALL_AUGMENTATIONS = 11


def augmented(
    x: Array,
    numbers: Array,
    *,
    factor: tuple[float, float],
    value_range: tuple[float, float],
    interpolation: str,
    key: Array,
    count: int = ALL_AUGMENTATIONS,
) -> Array:
    """Images, each after the augmentation of its number (batch,); other numbers change nothing."""
    keys = jax.random.split(key, 9)
    bits = (1, max(1, int(8 * factor[1])))
    values: dict[str, Any] = {"value_range": value_range, "train": True}
    moves: dict[str, Any] = {"interpolation": interpolation, "train": True}
    chosen = numbers[:, None, None, None]
    variants = [
        random_shear(x, x_factor=factor, y_factor=factor, key=keys[0], **moves),
        random_translation(x, height_factor=factor, width_factor=factor, key=keys[1], **moves),
        random_rotation(x, factor=factor, key=keys[2], **moves),
        random_posterization(x, factor=bits, key=keys[3], **values),
        solarization(x, addition_factor=factor, threshold_factor=factor, key=keys[4], **values),
        auto_contrast(x, value_range=value_range),
        equalization(x, **values),
    ]
    if count > MOVES_AND_TONES:
        variants += [
            random_brightness(x, factor=factor, key=keys[5], **values),
            random_color_degeneration(x, factor=factor, key=keys[6], **values),
            random_contrast(x, factor=factor, key=keys[7], **values),
            random_sharpness(x, factor=factor, key=keys[8], **values),
        ]
    y = x
    for number, variant in enumerate(variants):
        y = jnp.where(chosen == number, variant, y)
    return y
