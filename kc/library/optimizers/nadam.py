"""Adam with Nesterov momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import Fraction, PositiveFloat
from kc.library.optimizer import Optimizer, around, per_weight, towards

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class Nadam(Optimizer, kind="nadam"):
    """``w -= lr * m' / (sqrt(v / (1 - b2^t)) + epsilon)``: Adam that looks one step ahead.

    ``m'`` mixes moving mean and gradient; the weight of the mean at step ``t`` is
    ``u(t) = b1 * (1 - 0.96^t / 2)``, and biases are corrected by the product of all ``u``
    (Dozat 2016). The rate was 0.002 in Keras 2.

    Source: ``keras/src/optimizers/nadam.py``.

    Example:
        optimizer: {nadam: {learning_rate: 0.01}}
    """

    by_element = True

    beta_1: Fraction = 0.9
    """Weight of the old value in the moving mean of gradients."""
    beta_2: Fraction = 0.999
    """Weight of the old value in the moving mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the root."""

    def lower(self) -> Call:
        return Call(
            nadam,
            learning_rate=self.rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            **self.common,
        )


def nadam(
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **common: Any,
) -> GradientTransformation:
    def start(path: Any, weight: Array) -> dict[str, Array]:
        zeros = jnp.zeros_like(weight)
        return {"mean": zeros, "square": zeros, "product": jnp.ones(())}

    def move(path: Any, g: Array, weight: Array, slots: Any, t: Array) -> tuple[Array, Any]:
        now, ahead = (beta_1 * (1.0 - 0.5 * 0.96**s) for s in (t, t + 1.0))
        product = slots["product"] * now
        mean = towards(slots["mean"], g, beta_1)
        square = towards(slots["square"], g**2, beta_2)
        mixed = ahead * mean / (1.0 - product * ahead) + (1.0 - now) * g / (1.0 - product)
        root = jnp.sqrt(square / (1.0 - beta_2**t))
        update = -learning_rate * mixed / (root + epsilon)
        return update, {"mean": mean, "square": square, "product": product}

    return around(per_weight(start, move), learning_rate=learning_rate, **common)
