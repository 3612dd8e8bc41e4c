"""Callbacks that report to a tool for tracking experiments."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, cast

from kc.core import codes
from kc.core.diagnostic import Diagnostic, Label
from kc.core.events import Control, EpochEnd, Event, Logs, RunEnd, StepsEnd, TrainBegin
from kc.library.callback import Callback, CallbackError

Outcome = Literal["finished", "interrupted"]


class Tracker(Protocol):
    """A run in the tool."""

    id: str
    """By which the tool goes on with it."""
    last_epoch: int
    """The last epoch that it has."""

    def log(self, epoch: int, logs: Logs) -> None:
        """Add the logs of an epoch."""
        ...

    def finish(self, outcome: Outcome, test: Logs, files: Sequence[Path]) -> None:
        """Add what the run leaves behind, and close it."""
        ...


class TrackingCallback(Callback):
    """A callback that keeps a run of a tracking tool."""

    package: ClassVar[str]
    """What has to be installed; the extra has this name, too."""
    quiet: ClassVar[Mapping[str, str]]
    """Variables of the environment that keep the tool from sending what nobody asked for."""

    run_name: str | None = None
    """How the tool calls the run; by default as the spec is called."""

    def require(self) -> None:
        if find_spec(self.package) is None:
            raise CallbackError(
                codes.MISSING_EXTRA,
                f"{self.kind} needs the package {self.package}",
                f"pip install 'kc-compiler[{self.package}]'",
            )

    def open(self, control: Control, run: str | None) -> Tracker:
        """Begin a run, or go on with one.

        Raises:
            OSError: when the tool refuses; so it is with all that a tracker does.
        """
        raise NotImplementedError

    def watch(self) -> TrackingWatcher:
        return TrackingWatcher(self)


class TrackingWatcher:
    def __init__(self, config: TrackingCallback) -> None:
        self.config = config
        self.run: str | None = None
        self.tracker: Tracker | None = None
        self.lost = False

    def on(self, event: Event, control: Control) -> None:
        try:
            self._on(event, control)
        except OSError as error:
            self._tell(error, control)

    def _on(self, event: Event, control: Control) -> None:
        match event:
            case TrainBegin():
                for name, value in self.config.quiet.items():
                    os.environ.setdefault(name, value)
                self.tracker = self.config.open(control, self.run)
                self.run = self.tracker.id
            case EpochEnd() if self.tracker is not None and event.epoch > self.tracker.last_epoch:
                self.tracker.log(event.epoch, event.logs)
            case RunEnd() if self.tracker is not None:
                self.tracker.finish("finished", event.test, event.files)
            case _:
                pass
        if control.interrupted and isinstance(event, StepsEnd | EpochEnd) and self.tracker:
            self.tracker.finish("interrupted", {}, ())

    def _tell(self, error: OSError, control: Control) -> None:
        """Say it once."""
        if not self.lost:
            labels = (Label(self.config.span),) if self.config.span else ()
            message = f"{self.config.kind} lost a part of the run: {error}"
            control.notify(Diagnostic(codes.NOT_REPORTED, message, labels, "training goes on"))
        self.lost = True

    def state(self) -> Mapping[str, object]:
        return {"run": self.run}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.run = state["run"]


def module(name: str) -> Any:
    """A module of the tool, which need not be installed where types are checked."""
    return import_module(name)


def settings(spec: object, before: str = "") -> dict[str, object]:
    """The values of a spec by their paths: ``training.optimizer.adam.learning_rate``."""
    if isinstance(spec, Mapping):
        items = cast("Mapping[str, object]", spec).items()
    elif isinstance(spec, list | tuple):
        items = ((str(number), value) for number, value in enumerate(cast("list[object]", spec)))
    else:
        return {before: spec}
    found: dict[str, object] = {}
    for key, value in items:
        found |= settings(value, f"{before}.{key}" if before else key)
    return found


def finite(logs: Logs) -> dict[str, float]:
    """The logs that are numbers."""
    return {name: value for name, value in logs.items() if math.isfinite(value)}


@contextmanager
def refused(*kinds: type[Exception]) -> Generator[None]:
    """Context in which what a tool raises is an ``OSError``."""
    try:
        yield
    except kinds as error:
        raise OSError(str(error).partition("\n")[0]) from error
