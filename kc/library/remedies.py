"""What a run does when a loss, a gradient or a weight becomes NaN or infinite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from kc.core import codes
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.library.callback import CallbackError
from kc.library.fields import PositiveInt
from kc.library.optimizer import Optimizer
from kc.library.schedule import Schedule


class Remedy(Entry, family="remedy"):
    """What a run does about numbers that are not finite."""

    skips: ClassVar[bool] = False
    """Whether a step leaves everything as it was where it would not be finite."""

    def check(self, optimizers: Mapping[str, Optimizer]) -> None:
        """Check that it can do its work with these optimizers, by their names.

        Raises:
            CallbackError: when it cannot.
        """


RemedyField = Annotated[Remedy, EntryOf("remedy")]


class Stop(Remedy, kind="stop"):
    """Ends the run, and names the layer that made the first number which is not finite.

    What checkpoints hold is from before.

    Example:
        on_nan: stop
    """


class Skip(Remedy, kind="skip"):
    """Leaves weights, optimizers and layers as they were before the step, and goes on.

    The step counts for nothing but the number of steps; epochs log ``skipped_steps``. An epoch in
    which no step counts ends the run.

    Example:
        on_nan: skip
    """

    skips = True


class Rollback(Remedy, kind="rollback"):
    """Begins the epoch again, from its first weights and with lower learning rates.

    A rate that follows a schedule cannot be lowered. Epochs log the learning rates.

    Example:
        on_nan: {rollback: {factor: 0.5, most: 3}}
    """

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """What all learning rates are multiplied by."""
    most: PositiveInt = 3
    """How often in a run; the next time ends it."""

    def check(self, optimizers: Mapping[str, Optimizer]) -> None:
        for name, optimizer in optimizers.items():
            rate = optimizer.learning_rate
            if isinstance(rate, Schedule):
                whose = f" of `{name}`" if len(optimizers) > 1 else ""
                raise CallbackError(
                    codes.RATE_FOLLOWS_SCHEDULE,
                    f"rollback cannot lower the learning rate{whose}: it follows {rate.kind}",
                    "write a number as `learning_rate`, or `on_nan: skip`",
                    cause=rate.span,
                )
