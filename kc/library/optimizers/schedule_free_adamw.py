"""Adam without a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import Fraction, NonNegativeInt, PositiveFloat
from kc.library.optimizer import Optimizer, around, per_weight, towards
from kc.library.schedule import LearningRate

if TYPE_CHECKING:
    from jax import Array
    from optax import GradientTransformation


class ScheduleFreeAdamW(Optimizer, kind="schedule_free_adamw"):
    """Adam whose weights lie between its own and their mean (Defazio et al. 2024).

    ``z -= lr * g / (sqrt(v / (1 - b2^t)) + epsilon)``, ``x += (z - x) / t``,
    ``w = b1 * x + (1 - b1) * z``. Averaging does what a falling rate does, without a last step
    that has to be known. As in Keras the model is left with ``w`` and not with ``x``, and weights
    decay only where ``weight_decay`` is given.

    Source: ``keras/src/optimizers/schedule_free_adamw.py``.

    Example:
        optimizer: {schedule_free_adamw: {learning_rate: 0.01}}
    """

    by_element = True

    learning_rate: LearningRate = 0.0025
    """Size of a step: a number, or a schedule."""
    beta_1: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """Weight of the mean in the weights."""
    beta_2: Fraction = 0.999
    """Weight of the old value in the moving mean of squared gradients."""
    epsilon: PositiveFloat = 1e-8
    """Added to the root."""
    warmup_steps: NonNegativeInt = 0
    """Steps in which the rate rises from 0."""

    def lower(self) -> Call:
        return Call(
            schedule_free_adamw,
            learning_rate=self.rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            warmup_steps=self.warmup_steps,
            **self.common,
        )


def schedule_free_adamw(
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
    warmup_steps: int = 0,
    **common: Any,
) -> GradientTransformation:
    def start(path: Any, weight: Array) -> dict[str, Array]:
        return {"base": jnp.copy(weight), "square": jnp.zeros_like(weight)}

    def move(path: Any, g: Array, weight: Array, slots: Any, t: Array) -> tuple[Array, Any]:
        rate = learning_rate * jnp.minimum(t / warmup_steps, 1.0) if warmup_steps else learning_rate
        square = towards(slots["square"], g**2, beta_2)
        mean = (weight - (1.0 - beta_1) * slots["base"]) / beta_1
        base = slots["base"] - rate * g / (jnp.sqrt(square / (1.0 - beta_2**t)) + epsilon)
        mean = mean + (base - mean) / t
        update = beta_1 * mean + (1.0 - beta_1) * base - weight
        return update, {"base": base, "square": square}

    return around(per_weight(start, move), learning_rate=learning_rate, **common)
