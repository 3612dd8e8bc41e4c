"""A rate that falls with the inverse of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, PositiveInt
from kc.library.schedule import Schedule

if TYPE_CHECKING:
    from jax import Array


class InverseTimeDecay(Schedule, kind="inverse_time_decay"):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    With ``decay_steps: 1`` it is the argument ``decay`` that optimizers of Keras 2 had.

    Source: ``keras/src/optimizers/schedules/learning_rate_schedule.py``.

    Example:
        optimizer:
          sgd:
            learning_rate:
              inverse_time_decay: {initial_learning_rate: 0.1, decay_steps: 1, decay_rate: 1e-4}
    """

    initial_learning_rate: NonNegativeFloat
    """The rate of the first step."""
    decay_steps: PositiveInt
    """Steps that count as one unit of time."""
    decay_rate: NonNegativeFloat
    """What is added to the divisor per unit of time."""
    staircase: bool = False
    """Whether the rate only changes after every `decay_steps`."""

    def lower(self) -> Call:
        return Call(
            inverse_time_decay,
            initial=self.initial_learning_rate,
            decay_steps=self.decay_steps,
            decay_rate=self.decay_rate,
            staircase=self.staircase,
        )


def inverse_time_decay(
    step: Array, *, initial: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> Array:
    time = step.astype(jnp.float32) / decay_steps
    return initial / (1.0 + decay_rate * (jnp.floor(time) if staircase else time))
