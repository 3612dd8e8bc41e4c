"""What happens in a run, as data. The loop yields events, callbacks consume them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kc.core.diagnostic import Diagnostic

Logs = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrainBegin:
    """Once, before the first step. Epochs count from 1."""

    first_epoch: int
    epochs: int
    steps_per_epoch: int | None
    """None where only the end of the first epoch will tell."""
    examples: int | None
    """Training examples of one pass over the data; None where that is not known."""
    step: int = 0
    """Steps done before: above 0 when a run is resumed."""


@dataclass(frozen=True, slots=True)
class StepsEnd:
    """After each dispatch of one or more steps."""

    epoch: int
    step_in_epoch: int
    step: int
    """Steps since the beginning of the run."""


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """After the last step of an epoch and its validation."""

    epoch: int
    step: int
    logs: Logs
    """``loss``, metrics, and both with ``val_`` where there is validation."""
    seconds: float
    """Wall time of the epoch, validation included."""
    examples_per_second: float
    """Of the training part alone."""
    validation_rests: bool = False
    """Whether the run has validation, but not after this epoch."""


@dataclass(frozen=True, slots=True)
class TrainEnd:
    """Once, after the last step, unless an error ended the run."""

    epoch: int
    step: int
    stopped: str | None
    """Who stopped the run before its last epoch, and why."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """Once, after the end of training, when all that the run leaves behind is there."""

    files: tuple[Path, ...] = ()
    """Spec and model, in a run with a folder."""
    test: Logs = field(default_factory=dict[str, float])
    """Loss and metrics on the test examples, where there are any."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know, but that does not end the run."""

    diagnostic: Diagnostic


@dataclass(frozen=True, slots=True)
class Kept:
    """Which checkpoints a save leaves."""

    last: int
    """How many of the newest."""
    best: str | None
    """The log whose best epoch stays too."""
    rises: bool
    """Whether a larger value of that log is better."""


Event = TrainBegin | StepsEnd | EpochEnd | TrainEnd | RunEnd | Notice


class Control(Protocol):
    """What a callback may do to the run."""

    @property
    def ending(self) -> bool:
        """Whether nothing follows this event: the last epoch, a stop, or an interruption."""
        ...

    @property
    def interrupted(self) -> bool:
        """Whether nothing follows this event because the run was asked to end."""
        ...

    @property
    def name(self) -> str:
        """The name of the spec."""
        ...

    @property
    def spec(self) -> Mapping[str, object]:
        """The spec as plain data, without variables and defaults."""
        ...

    def stop(self, reason: str) -> None:
        """End the run after this event."""
        ...

    def logs(self) -> Logs:
        """Loss and metrics of the epoch so far. Waits for the device."""
        ...

    def weights(self) -> object:
        """A copy of parameters and layer state, on the host."""
        ...

    def set_weights(self, weights: object) -> None:
        """Put a copy back."""
        ...

    def learning_rates(self) -> Mapping[str, float]:
        """The rate of each optimizer, by its name. Waits for the device."""
        ...

    def first_learning_rates(self) -> Mapping[str, float]:
        """The rates that optimizers without a schedule begin with, by their names."""
        ...

    def set_learning_rate(self, optimizer: str, rate: float) -> None:
        """Change a rate from the next step on. One that follows a schedule cannot be set."""
        ...

    @property
    def folder(self) -> Path:
        """Where files that a callback writes belong: the run's folder, or the current one."""
        ...

    def notify(self, diagnostic: Diagnostic) -> None:
        """Tell a person something that does not end the run."""
        ...

    def save(self, keep: Kept) -> None:
        """Write a checkpoint, and remove older ones. Does nothing in a run without a folder."""
        ...


class Watcher(Protocol):
    """A callback at work: mutable, with state that checkpoints keep."""

    def on(self, event: Event, control: Control) -> None:
        """Look at one event."""
        ...

    def state(self) -> Mapping[str, object]:
        """Numbers, strings and trees of arrays that make it go on as if never stopped."""
        ...

    def restore(self, state: Mapping[str, object]) -> None:
        """Take up a state."""
        ...
