"""What a person sees while a model trains."""

from __future__ import annotations

import time
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from kc.core.events import Control, EpochEnd, Event, Logs, StepsEnd, TrainBegin, TrainEnd
from kc.library.callback import Callback, StatelessWatcher
from kc.library.fields import PositiveFloat

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

_SECONDS_PER_LOOK = 0.2  # reading the loss waits for the device, so not at every dispatch
_LOG_WIDTH = 120
_BAR_WIDTH = 10
_BESIDE_BAR = 42  # "epoch 12/60", "12345/67890 steps", "0:12:34" and spaces
_SPEED_WIDTH = 30  # "13.9 s  1,790 examples/s"


class Progress(Callback, kind="progress"):
    """A line per epoch; on a terminal also a bar with loss, speed and time left.

    ``kc train`` has this callback by default. A line has as many logs as fit the terminal, or 120
    characters of a log file: the loss, then others with their validation; ``+5 more`` stand in
    ``metrics.jsonl``. In a log file or a notebook the lines of long epochs come every
    ``every_seconds``.

    Example:
        callbacks: [{progress: {every_seconds: 60}}]
    """

    in_population = "rests"
    order = -50

    every_seconds: PositiveFloat = 30.0
    """Time between lines within an epoch where there is no terminal."""
    within_epochs: bool = True
    """Whether it shows what happens within an epoch: a bar, or lines. Otherwise a line per epoch is
    all."""

    def watch(self) -> ProgressWatcher:
        return ProgressWatcher(self)


class ProgressWatcher(StatelessWatcher):
    def __init__(self, config: Progress, console: Console | None = None) -> None:
        self.config = config
        self.console = console or _console()
        self.begin: TrainBegin | None = None
        self.total: int | None = None
        self.bar: Bar | None = None
        self.task: Any = None
        self.looked = 0.0

    def on(self, event: Event, control: Control) -> None:
        match event:
            case TrainBegin():
                self.begin, self.looked = event, time.monotonic()
                self._start(event)
            case StepsEnd() if self.config.within_epochs:
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
        if not self.console.is_terminal or not self.config.within_epochs:
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(_BAR_WIDTH),
            TextColumn("{task.fields[steps]} steps"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[logs]}"),
            console=self.console,
            transient=True,
        )
        each, epochs = begin.steps_per_epoch, begin.epochs + 1 - begin.first_epoch
        self.total = None if each is None else epochs * each
        self.task = self.bar.add_task("training", total=self.total, logs="", steps=self._of(0))
        self.bar.start()

    def _steps(self, event: StepsEnd, control: Control) -> None:
        assert self.begin is not None
        now = time.monotonic()
        pause = _SECONDS_PER_LOOK if self.bar else self.config.every_seconds
        if now - self.looked < pause:
            return
        self.looked = now
        if self.bar is not None:
            done = event.step - self.begin.step
            self.bar.update(
                self.task,
                completed=done,
                steps=self._of(done),
                description=f"epoch {event.epoch}/{self.begin.epochs}",
                logs=words(control.logs(), self.width - _BAR_WIDTH - _BESIDE_BAR),
            )
        else:
            each = self.begin.steps_per_epoch
            steps = "" if each is None else f"/{each:,}"
            step = f"{event.step_in_epoch:>{max(0, len(steps) - 1)},}{steps}"
            head = f"epoch {event.epoch}/{self.begin.epochs}  step {step}  "
            self._line(head + words(control.logs(), self.width - len(head)))

    def _of(self, done: int) -> str:
        """How many steps of all are done, as far as their number is known."""
        return f"{done}" if self.total is None else f"{done}/{self.total}"

    def _epoch_line(self, event: EpochEnd) -> str:
        assert self.begin is not None
        digits = len(str(self.begin.epochs))
        head = f"epoch {event.epoch:>{digits}}/{self.begin.epochs}  "
        room = self.width - len(head)
        crowded = len(_fitting(event.logs, room - _SPEED_WIDTH)) < len(event.logs)
        if crowded and self.console.is_terminal:
            return head + words(event.logs, room)  # in a narrow window the logs matter more
        speed = f"{_duration(event.seconds)}  {event.examples_per_second:,.0f} examples/s"
        return f"{head}{words(event.logs, room - _SPEED_WIDTH)}  {speed}"

    @property
    def width(self) -> int:
        """Characters of a line."""
        return self.console.width if self.console.is_terminal else _LOG_WIDTH

    def _line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.stop()
            self.bar = None


def _console() -> Console:
    """The standard output: a terminal only where a line can be drawn again.

    That is no log file for which ``FORCE_COLOR`` asks for colours, as in continuous integration,
    and no notebook: what rich shows there needs another package, and is lost when it is saved.
    """
    from rich.console import Console

    found = Console()
    live = found.is_terminal and found.is_interactive and found.file.isatty()
    return Console(
        highlight=False, markup=False, emoji=False, force_terminal=live, force_jupyter=False
    )


def words(logs: Logs, room: int) -> str:
    """The logs in their order; where there is not the room for all, the most telling of them."""
    chosen = _fitting(logs, room)
    shown = [f"{name} {_number(value)}" for name, value in logs.items() if name in chosen]
    left = len(logs) - len(shown)
    return "  ".join([*shown, f"+{left} more"] if left else shown)


def _fitting(logs: Logs, room: int) -> list[str]:
    """The names that there is room for; at least one, the loss."""
    # Not as long as the numbers are now, so that each epoch shows the same.
    widths = {name: len(f"{name} 0.0000  ") for name in _by_importance(logs)}
    if sum(widths.values()) <= room + 2:
        return list(widths)
    ends = accumulate(widths.values())
    fitting = [name for name, end in zip(widths, ends, strict=True) if end <= room - len("+9 more")]
    return fitting or list(widths)[:1]


def _by_importance(logs: Logs) -> list[str]:
    """The names in their order, but each with what it is in validation."""
    trained = [name.removeprefix("val_") for name in logs]
    return sorted(logs, key=lambda name: trained.index(name.removeprefix("val_")))


def _number(value: float) -> str:
    tiny = 0 < abs(value) < 1e-3  # as a learning rate
    return f"{value:.1e}" if tiny or abs(value) >= 1e6 else f"{value:.4f}"


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
