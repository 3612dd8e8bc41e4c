"""Adam with a rate for each weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import Fraction, PositiveFloat
from kc.library.optimizer import Optimizer, around

if TYPE_CHECKING:
    from optax import GradientTransformation


class Lamb(Optimizer, kind="lamb"):
    """``w -= lr * |w| / |d| * d`` with ``d`` the step of Adam, biases corrected (You et al. 2020).

    Norms are those of a whole weight; where one is 0, their ratio is 1.

    Source: ``keras/src/optimizers/lamb.py``.

    Example:
        optimizer: {lamb: {learning_rate: 0.01}}
    """

    beta_1: Fraction = 0.9
    """Weight of the old value in the moving mean of gradients."""
    beta_2: Fraction = 0.999
    """Weight of the old value in the moving mean of squared gradients."""
    epsilon: PositiveFloat = 1e-7
    """Added to the root."""

    def lower(self) -> Call:
        return Call(
            lamb,
            learning_rate=self.rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            **self.common,
        )


def lamb(
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    **common: Any,
) -> GradientTransformation:
    step = optax.chain(
        optax.scale_by_adam(beta_1, beta_2, epsilon),
        optax.scale_by_trust_ratio(),
        optax.scale_by_learning_rate(learning_rate),
    )
    return around(step, learning_rate=learning_rate, **common)
