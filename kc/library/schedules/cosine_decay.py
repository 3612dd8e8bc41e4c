"""A rate that falls along a half cosine, after a warm-up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydantic import model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, NonNegativeInt, PositiveInt
from kc.library.schedule import Schedule

if TYPE_CHECKING:
    from jax import Array


class CosineDecay(Schedule, kind="cosine_decay"):
    """``top * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha)``.

    The rate rises in a straight line from ``initial_learning_rate`` to the top,
    ``warmup_target``, in ``warmup_steps``, falls in ``decay_steps`` and stays. Without a warm-up
    the top is ``initial_learning_rate`` (Loshchilov and Hutter 2016).

    Source: ``keras/src/optimizers/schedules/learning_rate_schedule.py``.

    Example:
        optimizer:
          adamw:
            learning_rate:
              cosine_decay:
                initial_learning_rate: 0
                warmup_target: 1e-3
                warmup_steps: 100
                decay_steps: 1000
    """

    initial_learning_rate: NonNegativeFloat
    """The rate of the first step."""
    decay_steps: PositiveInt
    """Steps of the fall, after the warm-up."""
    alpha: NonNegativeFloat = 0.0
    """Part of the top that is left at the end."""
    warmup_target: NonNegativeFloat | None = None
    """The rate after the warm-up; without it there is none."""
    warmup_steps: NonNegativeInt = 0
    """Steps of the warm-up."""

    @model_validator(mode="after")
    def _check(self) -> CosineDecay:
        if self.warmup_steps and self.warmup_target is None:
            raise ValueError("`warmup_steps` needs a `warmup_target`")
        return self

    def lower(self) -> Call:
        return Call(
            cosine_decay,
            initial=self.initial_learning_rate,
            decay_steps=self.decay_steps,
            alpha=self.alpha,
            warmup_target=self.warmup_target,
            warmup_steps=self.warmup_steps,
        )


def cosine_decay(
    step: Array,
    *,
    initial: float,
    decay_steps: int,
    alpha: float = 0.0,
    warmup_target: float | None = None,
    warmup_steps: int = 0,
) -> Array:
    top = initial if warmup_target is None else warmup_target
    done = jnp.minimum((step.astype(jnp.float32) - warmup_steps) / decay_steps, 1.0)
    falling = top * ((1.0 - alpha) * 0.5 * (1.0 + jnp.cos(math.pi * done)) + alpha)
    if not warmup_steps:
        return falling
    rising = initial + (top - initial) * step / warmup_steps
    return jnp.where(step < warmup_steps, rising, falling)
