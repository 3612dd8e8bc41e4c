"""Rates that change at some steps."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.library.fields import NonNegativeFloat, NonNegativeInt
from kc.library.schedule import Schedule

if TYPE_CHECKING:
    from jax import Array


class PiecewiseConstantDecay(Schedule, kind="piecewise_constant_decay", aka=("multi_step",)):
    """``values[0]`` up to and with the step ``boundaries[0]``, then ``values[1]``, and so on.

    Source: ``keras/src/optimizers/schedules/learning_rate_schedule.py``.

    Example:
        optimizer:
          sgd:
            learning_rate:
              piecewise_constant_decay: {boundaries: [1000, 2000], values: [0.1, 0.01, 0.001]}
    """

    boundaries: Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)]
    """Last steps of all values but the last, in rising order."""
    values: tuple[NonNegativeFloat, ...]
    """The rates, one more than boundaries."""

    @model_validator(mode="after")
    def _check(self) -> PiecewiseConstantDecay:
        if any(left >= right for left, right in pairwise(self.boundaries)):
            raise ValueError("`boundaries` have to rise")
        if len(self.values) != len(self.boundaries) + 1:
            wanted = len(self.boundaries) + 1
            raise ValueError(f"`values` has {len(self.values)} rates, it needs {wanted}")
        return self

    def lower(self) -> Call:
        return Call(piecewise_constant_decay, boundaries=self.boundaries, values=self.values)


def piecewise_constant_decay(
    step: Array, *, boundaries: tuple[int, ...], values: tuple[float, ...]
) -> Array:
    return jnp.asarray(values)[jnp.sum(step > jnp.asarray(boundaries))]
