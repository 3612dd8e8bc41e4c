"""Lion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import Fraction
from kc.library.optimizer import Optimizer, around

if TYPE_CHECKING:
    from optax import GradientTransformation


class Lion(Optimizer, kind="lion"):
    """``w -= lr * sign(b1 * m + (1 - b1) * g)``, ``m = b2 * m + (1 - b2) * g`` (Chen et al. 2023).

    Every element moves by the rate, so that the rate wants to be some ten times smaller than
    Adam's.

    Source: ``keras/src/optimizers/lion.py``.

    Example:
        optimizer: {lion: {learning_rate: 0.01}}
    """

    by_element = True

    beta_1: Fraction = 0.9
    """Weight of the moving mean in the direction of a step."""
    beta_2: Fraction = 0.99
    """Weight of the old value in the moving mean of gradients."""

    def lower(self) -> Call:
        return Call(
            lion,
            learning_rate=self.rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            **self.common,
        )


def lion(
    *,
    learning_rate: float,
    beta_1: float = 0.9,
    beta_2: float = 0.99,
    **common: Any,
) -> GradientTransformation:
    step = optax.chain(
        optax.scale_by_lion(beta_1, beta_2), optax.scale_by_learning_rate(learning_rate)
    )
    return around(step, learning_rate=learning_rate, **common)
