"""Learn more slowly when a log no longer improves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kc.core.events import Control, EpochEnd, Event
from kc.library.callback import StatefulWatcher
from kc.library.fields import NonNegativeFloat, NonNegativeInt
from kc.library.monitor import Mode, improves, read, rises
from kc.library.rates import RateCallback


class ReduceLROnPlateau(RateCallback, kind="reduce_lr_on_plateau"):
    """Multiplies the learning rate by ``factor`` when ``monitor`` has not improved for some epochs.

    With several optimizers each rate is multiplied. Epochs log the rates that they were trained
    with. A rate that follows a schedule cannot be reduced.

    Source: ``keras/src/callbacks/reduce_lr_on_plateau.py``.

    Example:
        callbacks: [{reduce_lr_on_plateau: {monitor: loss, factor: 0.2, patience: 5}}]
    """

    in_population = "acts"

    monitor: str = "val_loss"
    """The log to watch."""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """What the rate is multiplied by."""
    patience: NonNegativeInt = 10
    """Epochs without improvement after which the rate is reduced."""
    mode: Mode = "auto"
    """Whether less (``min``) or more (``max``) is better; ``auto`` tells by the name."""
    min_delta: NonNegativeFloat = 1e-4
    """The least change that counts as better."""
    cooldown: NonNegativeInt = 0
    """Epochs after a reduction in which patience is not lost."""
    min_lr: NonNegativeFloat = 0.0
    """The least rate."""

    @property
    def watched(self) -> str | None:
        return self.monitor

    def watch(self) -> ReduceLROnPlateauWatcher:
        return ReduceLROnPlateauWatcher(self)


class ReduceLROnPlateauWatcher(StatefulWatcher):
    kept = ("wait", "cooldown", "best")

    def __init__(self, config: ReduceLROnPlateau) -> None:
        self.config = config
        self.wait = 0
        self.cooldown = 0
        self.best: float | None = None

    def on(self, event: Event, control: Control) -> None:
        if not isinstance(event, EpochEnd):
            return
        value = read(event, self.config.monitor, self.config.span)
        if value is not None:
            self._epoch(value, control)

    def _epoch(self, value: float, control: Control) -> None:
        if self.cooldown > 0:
            self.cooldown -= 1
            self.wait = 0
        if self._improves(value):
            self.best, self.wait = value, 0
        elif self.cooldown == 0:
            self.wait += 1
            if self.wait >= self.config.patience and self._reduce(control):
                self.cooldown, self.wait = self.config.cooldown, 0

    def _improves(self, value: float) -> bool:
        config = self.config
        return self.best is None or improves(
            value, self.best, config.min_delta, rises(config.monitor, config.mode)
        )

    def _reduce(self, control: Control) -> bool:
        """Reduce the rates that are above the least one; whether there were any."""
        rates = control.learning_rates()
        high = [name for name in self.config.chosen(rates) if rates[name] > self.config.min_lr]
        for name in high:
            rate = max(rates[name] * self.config.factor, self.config.min_lr)
            control.set_learning_rate(name, rate)
        return bool(high)
