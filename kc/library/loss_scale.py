"""Loss scaling: gradients of float16 are computed of a loss that is large enough for them.

Source: ``keras/src/optimizers/loss_scale_optimizer.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jax, jnp

if TYPE_CHECKING:
    from jax import Array


def first_loss_scale() -> dict[str, Array]:
    """The scale before the first step, and the steps since it changed."""
    return {"scale": jnp.array(2.0**15), "steps": jnp.zeros((), jnp.int32)}


def unscaled(gradients: Any, scale: float | Array) -> Any:
    """Gradients of the loss, from those of the loss times a scale."""
    return jax.tree.map(lambda g: g / scale, gradients)


def all_finite(tree: Any) -> Array:
    """Whether no number of any array is NaN or infinite."""
    found = [jnp.all(jnp.isfinite(array)) for array in jax.tree.leaves(tree)]
    return jnp.all(jnp.array(found))


def chosen(condition: Array, tree: Any, other: Any) -> Any:
    """One of two trees of the same structure."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), tree, other)


def next_loss_scale(memory: dict[str, Array], finite: Array) -> dict[str, Array]:
    """Doubled after 2,000 steps with finite gradients, halved at once after other ones."""
    grows = memory["steps"] == 2000 - 1
    scale = jnp.where(grows, memory["scale"] * 2.0, memory["scale"])
    return {
        "scale": jnp.where(finite, scale, memory["scale"] / 2.0),
        "steps": jnp.where(finite & ~grows, memory["steps"] + 1, 0),
    }
