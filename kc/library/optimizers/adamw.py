"""Adam with decoupled weight decay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import Fraction, NonNegativeFloat, PositiveFloat
from kc.library.optimizer import Optimizer
from kc.library.optimizers.adam import scale_by_adam

if TYPE_CHECKING:
    from optax import GradientTransformation


class AdamW(Optimizer, kind="adamw"):
    """Adam, and ``w -= lr * weight_decay * w`` for every weight (Loshchilov and Hutter 2019).

    Source: ``keras/src/optimizers/adamw.py``.

    Example:
        optimizer: {adamw: {learning_rate: 1e-3, weight_decay: 0.01}}
    """

    weight_decay: NonNegativeFloat = 0.004
    """Part of each weight that is subtracted per step, times the learning rate."""
    beta_1: Fraction = 0.9
    """Weight of the old value in the moving mean of gradients."""
    beta_2: Fraction = 0.999
    """Weight of the old value in the moving mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the root."""
    amsgrad: bool = False
    """Whether to divide by the largest mean square so far."""

    def lower(self) -> Call:
        return Call(
            adamw,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            amsgrad=self.amsgrad,
        )


def adamw(
    *,
    learning_rate: float,
    weight_decay: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    amsgrad: bool,
) -> GradientTransformation:
    return optax.chain(
        scale_by_adam(beta_1, beta_2, epsilon, amsgrad),
        optax.add_decayed_weights(weight_decay),
        optax.scale_by_learning_rate(learning_rate),
    )
