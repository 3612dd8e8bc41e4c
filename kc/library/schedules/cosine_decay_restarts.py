"""Half cosines one after the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, PositiveInt
from kc.library.schedule import Schedule

if TYPE_CHECKING:
    from jax import Array


class CosineDecayRestarts(Schedule, kind="cosine_decay_restarts", aka=("sgdr",)):
    """``initial * ((1 - alpha) * m_mul^i * (1 + cos(pi * done)) / 2 + alpha)`` in period ``i``.

    The first period has ``first_decay_steps`` steps, each further one ``t_mul`` times as many
    (Loshchilov and Hutter 2016). A ``t_mul`` below 1 is refused: the periods would come to an end,
    and with them the rate, which is NaN from there on in Keras.

    Source: ``keras/src/optimizers/schedules/learning_rate_schedule.py``.

    Example:
        optimizer:
          sgd:
            learning_rate:
              cosine_decay_restarts: {initial_learning_rate: 0.1, first_decay_steps: 100}
    """

    initial_learning_rate: NonNegativeFloat
    """The rate of the first step."""
    first_decay_steps: PositiveInt
    """Steps of the first period."""
    t_mul: Annotated[float, Field(ge=1)] = 2.0
    """How many times longer each period is than the one before."""
    m_mul: NonNegativeFloat = 1.0
    """How many times higher each period begins than the one before."""
    alpha: NonNegativeFloat = 0.0
    """Part of the initial rate that is left at the end of a period."""

    def lower(self) -> Call:
        return Call(
            cosine_decay_restarts,
            initial=self.initial_learning_rate,
            first_decay_steps=self.first_decay_steps,
            t_mul=self.t_mul,
            m_mul=self.m_mul,
            alpha=self.alpha,
        ).branches_on("t_mul")


def cosine_decay_restarts(
    step: Array,
    *,
    initial: float,
    first_decay_steps: int,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
) -> Array:
    time = step.astype(jnp.float32) / first_decay_steps
    if t_mul == 1.0:
        period = jnp.floor(time)
        done = time - period
    else:
        period = jnp.floor(jnp.log(1.0 - time * (1.0 - t_mul)) / math.log(t_mul))
        begin = (1.0 - t_mul**period) / (1.0 - t_mul)
        done = (time - begin) / t_mul**period
    height = m_mul**period * 0.5 * (1.0 + jnp.cos(math.pi * done))
    return initial * ((1.0 - alpha) * height + alpha)
