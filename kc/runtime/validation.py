"""Loss and metrics over examples, without training."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

from kc.compiler.plan.batches import Stretch
from kc.compiler.plan.execution import Execution, TrainState
from kc.core.events import Logs
from kc.runtime.data.epochs import Epochs, in_order
from kc.runtime.data.stream import Part


class Validation:
    """Measures epochs on examples that training does not see.

    ``freq`` says which epochs, ``steps`` how many batches; None for all.
    """

    def __init__(
        self,
        execution: Execution,
        epochs: Epochs,
        freq: int | Collection[int] = 1,
        steps: int | None = None,
    ) -> None:
        self._execution = execution
        self._epochs = epochs
        self._freq = freq
        self._steps = steps

    def is_due(self, epoch: int) -> bool:
        """Whether this epoch ends with validation."""
        return epoch % self._freq == 0 if isinstance(self._freq, int) else epoch in self._freq

    def logs(self, state: TrainState) -> Logs:
        """Loss and metrics; waits for the device."""
        return self._execution.logs(self._execution.evaluate(state, self.stretches()))

    def stretches(self) -> Iterator[Stretch]:
        """The batches that measure an epoch."""
        return _stretches(self._epochs, self._steps)

    def close(self) -> None:
        self._epochs.close()


def of_plan(execution: Execution, part: Part | None) -> Validation | None:
    """The validation that the plan of an execution asks for."""
    if part is None:
        return None
    plan = execution.plan
    batches = in_order(part, plan.batch_size)
    return Validation(execution, batches, plan.validation_freq, plan.validation_steps)


def measure(execution: Execution, state: TrainState, part: Part) -> Logs:
    """Loss and metrics over all examples."""
    return measure_batches(execution, state, in_order(part, execution.plan.batch_size))


def measure_batches(
    execution: Execution, state: TrainState, epochs: Epochs, steps: int | None = None
) -> Logs:
    """Loss and metrics over the batches of an epoch, or its first ones; it is closed then."""
    try:
        return execution.logs(execution.evaluate(state, _stretches(epochs, steps)))
    finally:
        epochs.close()


def _stretches(epochs: Epochs, steps: int | None) -> Iterator[Stretch]:
    return epochs.stretches(1, 0, min(steps or sys.maxsize, epochs.steps or sys.maxsize))
