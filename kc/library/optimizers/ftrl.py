"""Follow the regularized leader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat
from kc.library.optimizer import Optimizer, around, per_weight

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class Ftrl(Optimizer, kind="ftrl"):
    """``w = (clip(z, -l1, l1) - z) / (n^-p / lr + 2 * l2 + beta / lr)`` (McMahan et al. 2013).

    ``n`` is the sum of squared gradients, ``p`` the ``learning_rate_power``, and ``z`` gathers
    ``g - (n_new^-p - n^-p) / lr * w``. Weights whose ``|z|`` is below ``l1`` are exactly 0. The
    regularization is part of the step, not of the loss.

    Source: ``keras/src/optimizers/ftrl.py``.

    Example:
        optimizer: {ftrl: {learning_rate: 0.01}}
    """

    by_element = True

    learning_rate_power: Annotated[float, Field(le=0)] = -0.5
    """How the rate falls with the sum of squared gradients; 0 keeps it."""
    initial_accumulator_value: NonNegativeFloat = 0.1
    """What the sum of squared gradients begins with."""
    l1_regularization_strength: NonNegativeFloat = 0.0
    """Factor of the absolute values of weights."""
    l2_regularization_strength: NonNegativeFloat = 0.0
    """Factor of the squares of weights."""
    l2_shrinkage_regularization_strength: NonNegativeFloat = 0.0
    """Like the one above, but part of the gradient."""
    beta: NonNegativeFloat = 0.0
    """Added to the root of the sum, as in the paper."""

    def lower(self) -> Call:
        return Call(
            ftrl,
            learning_rate=self.rate,
            power=self.learning_rate_power,
            initial_accumulator_value=self.initial_accumulator_value,
            l1=self.l1_regularization_strength,
            l2=self.l2_regularization_strength,
            l2_shrinkage=self.l2_shrinkage_regularization_strength,
            beta=self.beta,
            **self.common,
        )


def ftrl(
    *,
    learning_rate: float,
    power: float = -0.5,
    initial_accumulator_value: float = 0.1,
    l1: float = 0.0,
    l2: float = 0.0,
    l2_shrinkage: float = 0.0,
    beta: float = 0.0,
    **common: Any,
) -> GradientTransformation:
    def start(path: Any, weight: Array) -> dict[str, Array]:
        square = jnp.full_like(weight, initial_accumulator_value)
        return {"square": square, "linear": jnp.zeros_like(weight)}

    def move(path: Any, g: Array, weight: Array, slots: Any, t: Array) -> tuple[Array, Any]:
        square = slots["square"] + g**2
        # A rate of 0 leaves the weight; elsewhere it must not divide.
        rate = jnp.where(learning_rate > 0, learning_rate, 1.0)
        shrunk = g + 2.0 * l2_shrinkage * weight
        faded = (square**-power - slots["square"] ** -power) / rate
        linear = slots["linear"] + shrunk - faded * weight
        curvature = (square**-power + beta) / rate + 2.0 * l2
        target = (jnp.clip(linear, -l1, l1) - linear) / curvature
        update = jnp.where(learning_rate > 0, target - weight, 0.0)
        return update, {"square": square, "linear": linear}

    return around(per_weight(start, move), learning_rate=learning_rate, **common)
