"""Adadelta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import Fraction, PositiveFloat
from kc.library.optimizer import Optimizer, around

if TYPE_CHECKING:
    from optax import GradientTransformation


class Adadelta(Optimizer, kind="adadelta"):
    """``d = sqrt(s + epsilon) / sqrt(v + epsilon) * g``, ``w -= lr * d`` (Zeiler 2012).

    ``v`` and ``s`` are the moving means of the squares of ``g`` and ``d``. The rate of the paper is
    1, as in Keras 2; that of Keras 3 is 0.001.

    Source: ``keras/src/optimizers/adadelta.py``.

    Example:
        optimizer: {adadelta: {learning_rate: 0.01}}
    """

    by_element = True

    rho: Fraction = 0.95
    """Weight of the old value in the moving means."""
    epsilon: PositiveFloat = 1e-7
    """Added under both roots."""

    def lower(self) -> Call:
        return Call(
            adadelta,
            learning_rate=self.rate,
            rho=self.rho,
            epsilon=self.epsilon,
            **self.common,
        )


def adadelta(
    *,
    learning_rate: float,
    rho: float = 0.95,
    epsilon: float = 1e-7,
    **common: Any,
) -> GradientTransformation:
    step = optax.chain(
        optax.scale_by_adadelta(rho, epsilon), optax.scale_by_learning_rate(learning_rate)
    )
    return around(step, learning_rate=learning_rate, **common)
