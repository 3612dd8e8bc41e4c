"""What a callback is: settings in the spec, behaviour in a watcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from kc.core.diagnostic import Code
from kc.core.events import Control, Event, Watcher
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.span import Span
from kc.library.optimizer import Optimizer


class CallbackError(Exception):
    """A callback that cannot do its work. Whoever knows the place adds it."""

    def __init__(
        self,
        code: Code,
        message: str,
        help: str | None = None,
        *,
        word: str | None = None,
        cause: Span | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help
        self.word = word
        """The word among its arguments that is to blame, if one is."""
        self.cause = cause
        """The other part of the spec that it does not go with, if there is one."""


class Callback(Entry, family="callback"):
    """Watches a run and may act on it."""

    order: ClassVar[int] = 0
    """Callbacks with a lower number see an event first; checkpoints come last."""
    logs_rates: ClassVar[bool] = False
    """Whether epochs log the learning rates where this callback is."""
    in_population: ClassVar[Literal["acts", "rests"] | None] = None
    """What becomes of it where many runs train as one program: it acts on its own run, or rests, as
    there is no run folder and no terminal for each; None where its run has to train alone."""
    shows_averages: ClassVar[bool] = False
    """Whether callbacks and validation see the averages of weights where this callback is."""

    @property
    def watched(self) -> str | None:
        """The log that the callback needs, if it needs one."""
        return None

    @property
    def step_interval(self) -> int | None:
        """Steps between the looks that the callback needs within an epoch, if it needs any."""
        return None

    def check(self, optimizers: Mapping[str, Optimizer]) -> None:
        """Check that it can do its work with these optimizers, by their names.

        Raises:
            CallbackError: when it cannot.
        """

    def require(self) -> None:
        """Check that what it needs is installed, before a run begins.

        Raises:
            CallbackError: when something is missing.
        """

    def watch(self) -> Watcher:
        """A fresh watcher for one run."""
        raise NotImplementedError


CallbackField = Annotated[Callback, EntryOf("callback")]


class StatelessWatcher:
    """A watcher with nothing to keep."""

    def on(self, event: Event, control: Control) -> None:
        raise NotImplementedError

    def state(self) -> Mapping[str, object]:
        return {}

    def restore(self, state: Mapping[str, object]) -> None:
        pass


class StatefulWatcher:
    """A watcher that keeps some of its attributes."""

    kept: ClassVar[tuple[str, ...]] = ()
    """Names of numbers, strings, lists of those, and copies of weights."""

    def on(self, event: Event, control: Control) -> None:
        raise NotImplementedError

    def state(self) -> Mapping[str, object]:
        return {name: getattr(self, name) for name in self.kept}

    def restore(self, state: Mapping[str, object]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
