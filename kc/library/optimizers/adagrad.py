"""Adagrad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, PositiveFloat
from kc.library.optimizer import Optimizer, around

if TYPE_CHECKING:
    from optax import GradientTransformation


class Adagrad(Optimizer, kind="adagrad"):
    """``w -= lr * g / sqrt(s + epsilon)`` with ``s`` the sum of all squared gradients.

    The sum begins with 0.1; in Keras 2 it began with 0, and epsilon stood outside of the root
    (Duchi et al. 2011), and the rate was 0.01.

    Source: ``keras/src/optimizers/adagrad.py``.

    Example:
        optimizer: {adagrad: {learning_rate: 0.01}}
    """

    by_element = True

    initial_accumulator_value: NonNegativeFloat = 0.1
    """What the sum begins with."""
    epsilon: PositiveFloat = 1e-7
    """Added under the root."""

    def lower(self) -> Call:
        return Call(
            adagrad,
            learning_rate=self.rate,
            initial_accumulator_value=self.initial_accumulator_value,
            epsilon=self.epsilon,
            **self.common,
        )


def adagrad(
    *,
    learning_rate: float,
    initial_accumulator_value: float = 0.1,
    epsilon: float = 1e-7,
    **common: Any,
) -> GradientTransformation:
    step = optax.chain(
        optax.scale_by_rss(initial_accumulator_value, epsilon),
        optax.scale_by_learning_rate(learning_rate),
    )
    return around(step, learning_rate=learning_rate, **common)
