"""A loss that is quadratic near zero and linear far from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import PositiveFloat
from kc.library.loss import Loss, align

if TYPE_CHECKING:
    from jax import Array


class Huber(Loss, kind="huber", aka=("huber_loss", "smooth_l1")):
    """The mean over the last axis of ``e^2 / 2``, beyond delta of ``delta * (|e| - delta / 2)``.

    Source: ``keras/src/losses/losses.py``; Huber 1964.

    Example:
        loss: {huber: 0.5}
    """

    predicts = "numbers"

    delta: PositiveFloat = 1.0
    """Error from which on the loss is linear."""

    def lower(self) -> Call:
        return Call(huber, delta=self.delta)


def huber(target: Array, output: Array, *, delta: float = 1.0) -> Array:
    target, output = align(target, output)
    error = jnp.abs(output - target)
    values = jnp.where(error <= delta, 0.5 * error**2, delta * error - 0.5 * delta**2)
    return jnp.mean(values, axis=-1)
