"""RMSprop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import Fraction, PositiveFloat
from kc.library.optimizer import Optimizer, around

if TYPE_CHECKING:
    from optax import GradientTransformation


class RMSprop(Optimizer, kind="rmsprop"):
    """``w -= lr * g / sqrt(v + epsilon)`` with ``v`` the moving mean of squared gradients.

    Epsilon is inside the root; Keras 2 had it outside. Centered subtracts the squared moving mean
    of the gradient from ``v``. Momentum accumulates the scaled steps (Hinton 2012, lecture 6).

    Source: ``keras/src/optimizers/rmsprop.py``.

    Example:
        optimizer: {rmsprop: {learning_rate: 1e-3, rho: 0.9}}
    """

    by_element = True

    rho: Fraction = 0.9
    """Weight of the old value in the moving means."""
    momentum: Fraction = 0.0
    """Part of the last step that is added to the next."""
    epsilon: PositiveFloat = 1e-7
    """Added under the root."""
    centered: bool = False
    """Whether to divide by the deviation of the gradient instead of its root mean square."""

    def lower(self) -> Call:
        return Call(
            rmsprop,
            learning_rate=self.rate,
            rho=self.rho,
            momentum=self.momentum or None,
            epsilon=self.epsilon,
            centered=self.centered,
            **self.common,
        )


def rmsprop(
    *,
    learning_rate: float,
    rho: float,
    momentum: float | None = None,
    epsilon: float,
    centered: bool,
    **common: Any,
) -> GradientTransformation:
    step = optax.rmsprop(
        learning_rate,
        decay=rho,
        eps=epsilon,
        eps_in_sqrt=True,
        centered=centered,
        momentum=momentum,
    )
    return around(
        step,
        learning_rate=learning_rate,
        **common,
    )
