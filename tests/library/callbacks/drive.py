"""Callbacks driven by logs alone, without a model: ours, and those of Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import keras

from kc.core.diagnostic import Diagnostic
from kc.core.events import EpochEnd, Kept, Logs, TrainBegin, TrainEnd
from kc.library.callback import Callback

RATE = 0.125


@dataclass
class Run:
    """What callbacks control, and what they did to it."""

    rates: dict[str, float] = field(default_factory=lambda: {"main": RATE})
    folder: Path = Path()
    epochs: int = 1
    epoch: int = 0
    """Epochs done."""
    name: str = "small"
    spec: Mapping[str, object] = field(default_factory=dict)
    interrupted: bool = False
    stopped: str | None = None
    restored: object = None
    notices: list[Diagnostic] = field(default_factory=list)
    seen: list[dict[str, float]] = field(default_factory=list)
    """The rates with which each epoch was trained."""

    @property
    def ending(self) -> bool:
        return self.stopped is not None or self.epoch == self.epochs

    def stop(self, reason: str) -> None:
        self.stopped = reason

    def logs(self) -> Logs:
        return {"loss": 0.5}

    def weights(self) -> object:
        return {"params": self.epoch}

    def set_weights(self, weights: object) -> None:
        self.restored = weights

    def learning_rates(self) -> Mapping[str, float]:
        return dict(self.rates)

    def first_learning_rates(self) -> Mapping[str, float]:
        return dict.fromkeys(self.rates, RATE)

    def set_learning_rate(self, optimizer: str, rate: float) -> None:
        self.rates[optimizer] = rate

    def notify(self, diagnostic: Diagnostic) -> None:
        self.notices.append(diagnostic)

    def save(self, keep: Kept) -> None:
        pass


def drive(callback: Callback, logs: Sequence[Logs], cut: int | None = None, **run: object) -> Run:
    """Show epochs to a callback; after ``cut`` of them another watcher goes on from its state."""
    control = Run(epochs=len(logs), **run)
    watcher = callback.watch()
    watcher.on(TrainBegin(1, len(logs), 1, 32), control)
    for number, epoch_logs in enumerate(logs, 1):
        control.epoch = number
        control.seen.append(dict(control.rates))
        watcher.on(EpochEnd(number, number, epoch_logs, 1.0, 32.0), control)
        if control.stopped is not None:
            break
        if number == cut:
            state = watcher.state()
            watcher = callback.watch()
            watcher.restore(state)
            watcher.on(TrainBegin(number + 1, len(logs), 1, 32, number), control)
    watcher.on(TrainEnd(control.epoch, control.epoch, control.stopped), control)
    return control


def drive_keras(callback: keras.callbacks.Callback, logs: Sequence[Logs]) -> SimpleNamespace:
    """The same for a callback of Keras."""
    model = SimpleNamespace(
        optimizer=keras.optimizers.SGD(RATE), stop_training=False, restored=None, epoch=0, seen=[]
    )
    model.get_weights = lambda: {"params": model.epoch}
    model.set_weights = lambda weights: setattr(model, "restored", weights)
    callback.set_model(model)
    callback.on_train_begin()
    for number, epoch_logs in enumerate(logs):
        callback.on_epoch_begin(number)
        model.epoch = number + 1
        model.seen.append({"main": float(model.optimizer.learning_rate)})
        callback.on_epoch_end(number, dict(epoch_logs))
        if model.stop_training:
            break
    callback.on_train_end()
    return model
