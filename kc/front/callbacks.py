"""Callbacks that Python adds to those of a spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from pydantic import PrivateAttr

from kc.core.events import Control, Event, Watcher
from kc.library.callback import Callback, StatelessWatcher
from kc.library.callbacks.progress import Progress

Function = Callable[[Event, Control], object]
"""Is called with each event, and with what it may do to the run."""
Verbose = bool | Literal[0, 1, 2, "auto"]


class Called(Callback):
    """A function as a callback."""

    kind: ClassVar[str] = "function"

    _function: Function = PrivateAttr()

    @classmethod
    def of(cls, function: Function) -> Called:
        made = cls()
        made._function = function
        return made

    def watch(self) -> Watcher:
        return CalledWatcher(self._function)


class CalledWatcher(StatelessWatcher):
    def __init__(self, function: Function) -> None:
        self.function = function

    def on(self, event: Event, control: Control) -> None:
        self.function(event, control)


def as_callback(given: Callback | Function) -> Callback:
    """A callback of the library as it is, or a function as one."""
    if isinstance(given, Callback):
        return given
    if not callable(given) or isinstance(given, type):
        raise TypeError(
            f"{given!r} is no callback: pass one of `kc.callbacks`, or a function of the event "
            "and the control"
        )
    return Called.of(given)


def progress(verbose: Verbose) -> list[Callback]:
    """What ``verbose`` asks for: nothing, a bar and a line per epoch, or lines alone."""
    if not verbose:
        return []
    return [Progress(within_epochs=False) if verbose == 2 else Progress()]
