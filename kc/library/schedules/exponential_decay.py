"""A rate that falls by a factor per some steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, PositiveFloat, PositiveInt
from kc.library.schedule import Schedule

if TYPE_CHECKING:
    from jax import Array


class ExponentialDecay(Schedule, kind="exponential_decay"):
    """``initial_learning_rate * decay_rate ^ (step / decay_steps)``.

    Source: ``keras/src/optimizers/schedules/learning_rate_schedule.py``.

    Example:
        optimizer:
          sgd:
            learning_rate:
              exponential_decay: {initial_learning_rate: 0.1, decay_steps: 100, decay_rate: 0.9}
    """

    initial_learning_rate: NonNegativeFloat
    """The rate of the first step."""
    decay_steps: PositiveInt
    """Steps in which the rate falls by the factor."""
    decay_rate: PositiveFloat
    """The factor."""
    staircase: bool = False
    """Whether the rate only changes after every `decay_steps`."""

    def lower(self) -> Call:
        return Call(
            exponential_decay,
            initial=self.initial_learning_rate,
            decay_steps=self.decay_steps,
            decay_rate=self.decay_rate,
            staircase=self.staircase,
        )


def exponential_decay(
    step: Array, *, initial: float, decay_steps: int, decay_rate: float, staircase: bool = False
) -> Array:
    time = step.astype(jnp.float32) / decay_steps
    return initial * decay_rate ** (jnp.floor(time) if staircase else time)
