"""What a callback is: settings in the spec, behaviour in a watcher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from kc.core.events import Control, Event, Watcher
from kc.core.reference import EntryOf
from kc.core.registry import Entry


class Callback(Entry, family="callback"):
    """Watches a run and may act on it."""

    order: ClassVar[int] = 0
    """Callbacks with a lower number see an event first; checkpoints come last."""

    @property
    def watched(self) -> str | None:
        """The log that the callback needs, if it needs one."""
        return None

    @property
    def step_interval(self) -> int | None:
        """Steps between the looks that the callback needs within an epoch, if it needs any."""
        return None

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
