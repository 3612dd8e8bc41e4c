"""A rate that falls along a power of the time that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, PositiveFloat, PositiveInt
from kc.library.schedule import Schedule

if TYPE_CHECKING:
    from jax import Array


class PolynomialDecay(Schedule, kind="polynomial_decay"):
    """``(initial - end) * (1 - step / decay_steps) ^ power + end``, then ``end``.

    With ``cycle`` the rate rises again after ``decay_steps`` and falls to the end at every multiple
    of them.

    Source: ``keras/src/optimizers/schedules/learning_rate_schedule.py``.

    Example:
        optimizer:
          sgd:
            learning_rate:
              polynomial_decay: {initial_learning_rate: 0.1, decay_steps: 1000, power: 2}
    """

    initial_learning_rate: NonNegativeFloat
    """The rate of the first step."""
    decay_steps: PositiveInt
    """Steps to the end."""
    end_learning_rate: NonNegativeFloat = 0.0001
    """The rate at the end."""
    power: PositiveFloat = 1.0
    """Exponent; 1 is a straight line."""
    cycle: bool = False
    """Whether to go on in longer and longer cycles."""

    def lower(self) -> Call:
        return Call(
            polynomial_decay,
            initial=self.initial_learning_rate,
            decay_steps=self.decay_steps,
            end=self.end_learning_rate,
            power=self.power,
            cycle=self.cycle,
        )


def polynomial_decay(
    step: Array,
    *,
    initial: float,
    decay_steps: int,
    end: float = 0.0001,
    power: float = 1.0,
    cycle: bool = False,
) -> Array:
    time = step.astype(jnp.float32) / decay_steps
    done = time / jnp.maximum(jnp.ceil(time), 1.0) if cycle else jnp.minimum(time, 1.0)
    return (initial - end) * (1.0 - done) ** power + end
