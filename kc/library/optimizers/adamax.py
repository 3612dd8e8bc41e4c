"""Adamax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import Fraction, PositiveFloat
from kc.library.optimizer import Optimizer, around, per_weight, towards

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class Adamax(Optimizer, kind="adamax"):
    """``w -= lr / (1 - b1^t) * m / (u + epsilon)`` with ``u = max(b2 * u, |g|)``.

    Adam with the largest gradient in place of the root mean square (Kingma and Ba 2015,
    section 7.1). ``optax.adamax`` adds epsilon inside of the maximum. The rate was 0.002
    in Keras 2.

    Source: ``keras/src/optimizers/adamax.py``.

    Example:
        optimizer: {adamax: {learning_rate: 0.01}}
    """

    by_element = True

    beta_1: Fraction = 0.9
    """Weight of the old value in the moving mean of gradients."""
    beta_2: Fraction = 0.999
    """Weight of the old value in the moving maximum of gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the maximum."""

    def lower(self) -> Call:
        return Call(
            adamax,
            learning_rate=self.rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            **self.common,
        )


def adamax(
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **common: Any,
) -> GradientTransformation:
    def start(path: Any, weight: Array) -> dict[str, Array]:
        return {"mean": jnp.zeros_like(weight), "largest": jnp.zeros_like(weight)}

    def move(path: Any, g: Array, weight: Array, slots: Any, t: Array) -> tuple[Array, Any]:
        mean = towards(slots["mean"], g, beta_1)
        largest = jnp.maximum(beta_2 * slots["largest"], jnp.abs(g))
        scale = learning_rate / (1.0 - beta_1**t)
        return -scale * mean / (largest + epsilon), {"mean": mean, "largest": largest}

    return around(per_weight(start, move), learning_rate=learning_rate, **common)
