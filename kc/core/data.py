"""Examples in memory, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kc.core.diagnostic import Code, failure
from kc.core.span import Span

if TYPE_CHECKING:
    import numpy as np

    Arrays = Mapping[str, np.ndarray]


class DataError(Exception):
    """Data that cannot be used. Whoever knows the place adds it."""

    def __init__(
        self, code: Code, message: str, help: str | None = None, *, span: Span | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.span = span


@contextmanager
def located(span: Span | None) -> Generator[None]:
    """Turn a DataError inside into a CompileError at this place, unless it knows a closer one.

    Raises:
        CompileError: for each DataError.
    """
    try:
        yield
    except DataError as error:
        raise failure(error.code, error.message, at=error.span or span, help=error.help) from error


@dataclass(frozen=True, slots=True)
class Examples:
    """Arrays with one row per example."""

    inputs: Arrays
    targets: Arrays = field(default_factory=dict[str, "np.ndarray"])

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, rows: np.ndarray) -> Examples:
        """The examples with these numbers, in this order."""
        return Examples(
            {name: array[rows] for name, array in self.inputs.items()},
            {name: array[rows] for name, array in self.targets.items()},
        )
