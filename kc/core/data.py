"""Examples in memory, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kc.core.diagnostic import Code
from kc.core.span import Span
from kc.core.tree import Path

if TYPE_CHECKING:
    import numpy as np

    Arrays = Mapping[str, np.ndarray]


class DataError(Exception):
    """Data that cannot be used. Whoever knows the place adds it."""

    def __init__(
        self,
        code: Code,
        message: str,
        help: str | None = None,
        *,
        span: Span | None = None,
        path: Path = ("data", "source"),
        word: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.span = span
        """Where the cause was written, if whoever raises it knows."""
        self.path = path
        """Otherwise, the part of a spec that the error is about."""
        self.word = word
        """The word in that part, as the name of a file or a column."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Arrays with one row per example."""

    inputs: Arrays
    targets: Arrays = field(default_factory=dict[str, "np.ndarray"])
    weights: Arrays = field(default_factory=dict[str, "np.ndarray"])
    """How much examples count, by output; empty where all count the same."""

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, rows: np.ndarray) -> Examples:
        """The examples with these numbers, in this order."""
        return Examples(
            {name: array[rows] for name, array in self.inputs.items()},
            {name: array[rows] for name, array in self.targets.items()},
            {name: array[rows] for name, array in self.weights.items()},
        )
