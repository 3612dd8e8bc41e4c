"""Classes of the library by their names: ``kc.callbacks.EarlyStopping``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from kc.core.registry import Entry, entries
from kc.core.text import did_you_mean, plural


class Namespace:
    """The classes of one family. They are imported when one is asked for."""

    def __init__(self, family: str) -> None:
        self._family = family

    @cached_property
    def _classes(self) -> Mapping[str, type[Entry]]:
        return {found.__name__: found for found in entries(self._family).values()}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._classes:
            help = did_you_mean(name, self._classes)
            text = f"kc.{plural(self._family)} has no {name}"
            raise AttributeError(f"{text}: {help}" if help else text)
        return self._classes[name]

    def __dir__(self) -> list[str]:
        return sorted(self._classes)


callbacks = Namespace("callback")
constraints = Namespace("constraint")
initializers = Namespace("initializer")
layers = Namespace("layer")
losses = Namespace("loss")
metrics = Namespace("metric")
optimizers = Namespace("optimizer")
regularizers = Namespace("regularizer")
schedules = Namespace("schedule")
sources = Namespace("source")
