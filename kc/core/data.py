"""Examples, in memory or in files, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kc.core import codes
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
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The words that class numbers stand for, by target; empty where the data have numbers."""

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def take(self, rows: np.ndarray) -> Examples:
        """The examples with these numbers, in this order."""
        return Examples(
            {name: array[rows] for name, array in self.inputs.items()},
            {name: array[rows] for name, array in self.targets.items()},
            {name: array[rows] for name, array in self.weights.items()},
            self.classes,
        )


def check_equal(lengths: Sequence[tuple[str, int]]) -> None:
    """Check that all arrays have as many examples, and at least one.

    Args:
        lengths: how many each has, by its name.

    Raises:
        DataError: naming two that differ.
    """
    (first, expected), *rest = lengths
    for name, length in rest:
        if length != expected:
            raise DataError(
                codes.DATA_LENGTH,
                f"`{first}` has {expected:,} examples, `{name}` has {length:,}",
                "give every input and every target one row per example",
            )
    if expected == 0:
        raise DataError(codes.EMPTY_SPLIT, "the data has no examples", "give at least one example")


class Rows(Protocol):
    """Examples by number, which may lie in files and be more than memory holds.

    It can be pickled: processes that read examples get a copy. Reading is a function of the numbers
    alone, so that a run can go on anywhere.
    """

    def __len__(self) -> int: ...

    @property
    def nbytes(self) -> int:
        """Bytes of all examples in memory; an estimate where only reading would tell."""
        ...

    def read(self, rows: np.ndarray) -> Examples:
        """The examples with these numbers, int64 (n,), in this order.

        Raises:
            DataError: when an example cannot be read, naming its place in the file.
        """
        ...

    def targets(self) -> Arrays:
        """The targets of all examples, by name, without reading inputs where that can be helped."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Rows that were read before."""

    examples: Examples

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def nbytes(self) -> int:
        held = (self.examples.inputs, self.examples.targets, self.examples.weights)
        return sum(array.nbytes for arrays in held for array in arrays.values())

    def read(self, rows: np.ndarray) -> Examples:
        return self.examples.take(rows)

    def targets(self) -> Arrays:
        return self.examples.targets
