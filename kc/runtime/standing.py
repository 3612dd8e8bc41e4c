"""Where a run stands, and why it cannot go on."""

from __future__ import annotations

from dataclasses import dataclass

from kc.compiler.plan.execution import TrainState


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: the epoch, from 1, and the steps of it that are done."""

    epoch: int = 1
    step: int = 0
    stopped: str | None = None
    """Why the run ended before its last epoch, if it did."""
    rollbacks: int = 0
    """How often it went back to the beginning of an epoch."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A state on the host from which later steps can be done again, bit for bit."""

    position: Position
    state: TrainState


class NotFiniteError(Exception):
    """A loss or a weight became NaN or infinite."""

    def __init__(self, step: int, *notes: str) -> None:
        super().__init__(f"step {step} or one before it left numbers that are not finite")
        self.step = step
        """The last step, from 0, that can be the one."""
        self.notes = notes
        """What the run did about it before it gave up."""
