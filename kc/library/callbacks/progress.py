"""What a person sees while a model trains."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kc.core.events import Control, EpochEnd, Event, Logs, StepsEnd, TrainBegin, TrainEnd
from kc.library.callback import Callback, StatelessWatcher
from kc.library.fields import PositiveFloat

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

_SECONDS_PER_LOOK = 0.2  # reading the loss waits for the device, so not at every dispatch


class Progress(Callback, kind="progress"):
    """A line per epoch; on a terminal also a bar with loss, speed and time left.

    ``kc train`` has this callback by default. In a log file the lines of long epochs come every
    ``every_seconds``.

    Example:
        callbacks: [{progress: {every_seconds: 60}}]
    """

    order = -50

    every_seconds: PositiveFloat = 30.0
    """Time between lines within an epoch where there is no terminal."""

    def watch(self) -> ProgressWatcher:
        return ProgressWatcher(self)


class ProgressWatcher(StatelessWatcher):
    def __init__(self, config: Progress, console: Console | None = None) -> None:
        from rich.console import Console

        self.config = config
        self.console = console or Console(highlight=False, markup=False, emoji=False)
        self.begin: TrainBegin | None = None
        self.bar: Bar | None = None
        self.task: Any = None
        self.looked = 0.0

    def on(self, event: Event, control: Control) -> None:
        match event:
            case TrainBegin():
                self.begin, self.looked = event, time.monotonic()
                self._start(event)
            case StepsEnd():
                self._steps(event, control)
            case EpochEnd():
                self._line(self._epoch_line(event))
            case TrainEnd(stopped=str(reason)):
                self._close()
                self._line(f"stopped early: {reason}")
            case TrainEnd():
                self._close()
            case _:
                pass
        if control.ending and isinstance(event, StepsEnd | EpochEnd):
            self._close()

    def _start(self, begin: TrainBegin) -> None:
        if not self.console.is_terminal:
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[logs]}"),
            console=self.console,
            transient=True,
        )
        total = (begin.epochs + 1 - begin.first_epoch) * begin.steps_per_epoch
        self.task = self.bar.add_task("training", total=total, logs="")
        self.bar.start()

    def _steps(self, event: StepsEnd, control: Control) -> None:
        assert self.begin is not None
        now = time.monotonic()
        pause = _SECONDS_PER_LOOK if self.bar else self.config.every_seconds
        if now - self.looked < pause:
            return
        self.looked = now
        logs = _words(control.logs())
        if self.bar is not None:
            self.bar.update(
                self.task,
                completed=event.step - self.begin.step,
                description=f"epoch {event.epoch}/{self.begin.epochs}",
                logs=logs,
            )
        else:
            self._line(
                f"epoch {event.epoch}/{self.begin.epochs}  step {event.step_in_epoch:,}/"
                f"{self.begin.steps_per_epoch:,}  {logs}"
            )

    def _epoch_line(self, event: EpochEnd) -> str:
        assert self.begin is not None
        width = len(str(self.begin.epochs))
        return (
            f"epoch {event.epoch:>{width}}/{self.begin.epochs}  {_words(event.logs)}  "
            f"{_duration(event.seconds)}  {event.examples_per_second:,.0f} examples/s"
        )

    def _line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def _words(logs: Logs) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in logs.items())


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
