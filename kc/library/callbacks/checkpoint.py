"""Keep what a run needs to go on."""

from __future__ import annotations

import time

from kc.core.events import Control, EpochEnd, Event, Kept, StepsEnd
from kc.core.registry import SpecModel
from kc.library.callback import Callback, StatelessWatcher
from kc.library.fields import PositiveFloat, PositiveInt
from kc.library.monitor import Mode, rises


class Keep(SpecModel):
    """Which checkpoints stay."""

    last: PositiveInt = 3
    """How many of the newest."""
    best: str | None = None
    """The log whose best epoch stays too: ``val_loss``."""
    mode: Mode = "auto"
    """Whether less (``min``) or more (``max``) of it is better; ``auto`` tells by the name."""

    def kept(self) -> Kept:
        """The same, as the run takes it."""
        return Kept(self.last, self.best, rises(self.best or "", self.mode))


class Checkpoint(Callback, kind="checkpoint"):
    """Saves the whole state of the run, so that ``--resume`` goes on from there exactly.

    A run has this callback by default. Neither the newest nor the best checkpoint is removed.

    Example:
        callbacks: [{checkpoint: {every_minutes: 10, keep: {last: 3, best: val_loss}}}]
    """

    in_population = "rests"
    order = 100

    every_epochs: PositiveInt | None = 1
    """Epochs between saves; null saves at the end, and by ``every_steps`` and ``every_minutes``."""
    every_steps: PositiveInt | None = None
    """Steps between saves, also in the middle of an epoch."""
    every_minutes: PositiveFloat | None = None
    """Minutes after a save until the next one, also in the middle of an epoch."""
    keep: Keep = Keep.default()
    """Which checkpoints stay."""

    @property
    def watched(self) -> str | None:
        return self.keep.best

    @property
    def step_interval(self) -> int | None:
        return self.every_steps

    def watch(self) -> CheckpointWatcher:
        return CheckpointWatcher(self)


class CheckpointWatcher(StatelessWatcher):
    def __init__(self, config: Checkpoint) -> None:
        self.config = config
        self.saved = time.monotonic()

    def on(self, event: Event, control: Control) -> None:
        every_steps, every_epochs = self.config.every_steps, self.config.every_epochs
        match event:
            case StepsEnd(step=step):
                due = every_steps is not None and step % every_steps == 0
            case EpochEnd(epoch=epoch):
                due = every_epochs is not None and epoch % every_epochs == 0
            case _:
                return
        # The end is always saved, so that a run can go on with more epochs.
        if due or self._waited() or control.ending:
            control.save(self.config.keep.kept())
            self.saved = time.monotonic()

    def _waited(self) -> bool:
        # By a clock that nobody sets. When a save happens changes no result.
        minutes = self.config.every_minutes
        return minutes is not None and time.monotonic() - self.saved >= 60 * minutes
