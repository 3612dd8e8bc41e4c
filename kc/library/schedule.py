"""What a schedule is: a learning rate as a function of the steps that are done."""

from __future__ import annotations

from typing import Annotated

from kc.core.program import Call
from kc.core.reference import NumberOr
from kc.core.registry import Entry


class Schedule(Entry, family="schedule"):
    """A learning rate that changes from step to step.

    A step is a batch, also where the optimizer gathers the gradients of several batches.
    """

    def lower(self) -> Call:
        """A function of the number of steps done, int32, that returns the learning rate."""
        raise NotImplementedError


LearningRate = Annotated[float | Schedule, NumberOr("schedule")]
"""A number, or a schedule."""
