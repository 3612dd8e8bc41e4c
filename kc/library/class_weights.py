"""How much examples of a class count.

Source: ``keras/src/trainers/data_adapters/data_adapter_utils.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp

if TYPE_CHECKING:
    from jax import Array


def class_weights(target: Array, *, weights: tuple[tuple[int, float], ...]) -> Array:
    """Weights (batch,) by class: the target is its number or a one-hot row. 1 by default."""
    if target.ndim > 1 and target.shape[-1] > 1:
        target = jnp.argmax(target, axis=-1)
    label = target.reshape(len(target), -1)[:, 0]
    found = jnp.ones(label.shape)
    for number, weight in weights:
        found = jnp.where(label == number, weight, found)
    return found
