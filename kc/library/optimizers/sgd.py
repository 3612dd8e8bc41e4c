"""Stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from kc.core.lazy import optax
from kc.core.program import Call
from kc.library.fields import Fraction
from kc.library.optimizer import Optimizer, around
from kc.library.schedule import LearningRate

if TYPE_CHECKING:
    from optax import GradientTransformation


class SGD(Optimizer, kind="sgd"):
    """``m = momentum * m - lr * g``, ``w += m``; with nesterov ``w += momentum * m - lr * g``.

    The learning rate is inside the momentum, so a change of it shows slowly, as in Keras.

    Source: ``keras/src/optimizers/sgd.py``.

    Example:
        optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}
    """

    by_element = True

    learning_rate: LearningRate = 0.01
    """Size of a step: a number, or a schedule."""
    momentum: Fraction = 0.0
    """Part of the last step that is added to the next."""
    nesterov: bool = False
    """Whether to take the gradient as if the momentum had been applied already."""

    @model_validator(mode="after")
    def _check_nesterov(self) -> SGD:
        if self.nesterov and not self.momentum:
            raise ValueError("`nesterov` needs a `momentum` above 0")
        return self

    def lower(self) -> Call:
        return Call(
            sgd,
            learning_rate=self.rate,
            momentum=self.momentum or None,
            nesterov=self.nesterov,
            **self.common,
        )


def sgd(
    *,
    learning_rate: float,
    momentum: float | None = None,
    nesterov: bool,
    **common: Any,
) -> GradientTransformation:
    step = optax.scale_by_learning_rate(learning_rate)
    return around(
        optax.chain(step, optax.trace(momentum, nesterov)) if momentum is not None else step,
        learning_rate=learning_rate,
        **common,
    )
