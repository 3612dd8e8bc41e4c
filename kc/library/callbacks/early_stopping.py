"""Stop when a log no longer improves."""

from __future__ import annotations

from kc.core.events import Control, EpochEnd, Event, TrainEnd
from kc.library.callback import Callback, StatefulWatcher
from kc.library.fields import NonNegativeFloat, NonNegativeInt
from kc.library.monitor import Mode, improves, read, rises


class EarlyStopping(Callback, kind="early_stopping"):
    """Ends the run when ``monitor`` has not improved for ``patience`` epochs.

    The first value always counts as the best; a later one when it is better than the best by more
    than ``min_delta``.

    Source: ``keras/src/callbacks/early_stopping.py``.

    Example:
        callbacks: [{early_stopping: {monitor: loss, patience: 3}}]
    """

    in_population = "acts"

    monitor: str = "val_loss"
    """The log to watch."""
    min_delta: NonNegativeFloat = 0.0
    """The least change that counts as better."""
    patience: NonNegativeInt = 0
    """Epochs without improvement after which the run ends."""
    mode: Mode = "auto"
    """Whether less (``min``) or more (``max``) is better; ``auto`` tells by the name."""
    baseline: float | None = None
    """A value that has to be beaten for an epoch to count as an improvement."""
    restore_best_weights: bool = False
    """Whether the run ends with the weights of its best epoch."""
    start_from_epoch: NonNegativeInt = 0
    """Epochs at the beginning that are not watched."""

    @property
    def watched(self) -> str | None:
        return self.monitor

    def watch(self) -> EarlyStoppingWatcher:
        return EarlyStoppingWatcher(self)


class EarlyStoppingWatcher(StatefulWatcher):
    kept = ("wait", "best", "best_epoch", "best_weights")

    def __init__(self, config: EarlyStopping) -> None:
        self.config = config
        self.wait = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: object = None

    def on(self, event: Event, control: Control) -> None:
        match event:
            case EpochEnd() if event.epoch > self.config.start_from_epoch:
                self._epoch(event, control)
            case TrainEnd() if self.best_weights is not None:
                control.set_weights(self.best_weights)
            case _:
                pass

    def _epoch(self, event: EpochEnd, control: Control) -> None:
        value = read(event, self.config.monitor, self.config.span)
        if value is None:
            return
        self.wait += 1
        if self.best is None or self._improves(value, self.best):
            self.best, self.best_epoch = value, event.epoch
            if self.config.restore_best_weights:
                self.best_weights = control.weights()
            if self.config.baseline is None or self._improves(value, self.config.baseline):
                self.wait = 0
            return
        if self.wait >= self.config.patience and event.epoch > 1:
            control.stop(
                f"{self.config.monitor} has not improved since epoch {self.best_epoch} "
                f"({self.best:.4g})"
            )

    def _improves(self, value: float, best: float) -> bool:
        config = self.config
        return improves(value, best, config.min_delta, rises(config.monitor, config.mode))
