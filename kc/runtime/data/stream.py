"""Examples that are read while training runs, because memory does not hold them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.data import DataError, Examples, Rows
from kc.core.diagnostic import failure
from kc.core.tree import Path
from kc.runtime.data.batched import Batched
from kc.runtime.data.host import on_host
from kc.runtime.data.sizes import prepare_examples
from kc.runtime.data.stamps import Stamps

if TYPE_CHECKING:
    from kc.core.data import Arrays

_SOURCE: Path = ("data", "source")
CHUNK = 512
"""Examples that are read at a time where batches do not matter."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Some rows of a source, in the names, shapes and types of a model."""

    rows: Rows
    numbers: np.ndarray
    """Which rows, int64 (examples,)."""
    plan: Plan
    stamps: Stamps
    """The files as they were when reading began."""
    weights: Arrays = field(default_factory=dict[str, "np.ndarray"])
    """How much all rows of the source count, by output; empty where all count the same."""
    section: str = "source"
    """The part of the section ``data`` that names the source."""

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, places: np.ndarray) -> Stream:
        """The examples at these places."""
        return replace(self, numbers=self.numbers[places])

    def given(self, places: np.ndarray) -> Examples:
        """The examples at these places in memory, with inputs as a user gives them.

        Raises:
            CompileError: when one cannot be read, or does not fit the model.
        """
        numbers = self.numbers[places]
        try:
            return self._prepared(numbers)
        except DataError as error:
            # Messages count within what was read, so the first wrong row is read alone.
            number, error = self._wrong(numbers) or (None, error)
            raise failure(
                error.code,
                error.message,
                at=error.span or self.plan.place(in_section(error.path, self.section), error.word),
                help=error.help,
                notes=() if number is None else (f"it is example {number:,} of the source",),
            ) from None

    def _prepared(self, numbers: np.ndarray) -> Examples:
        ready = prepare_examples(self.plan, self.rows.read(numbers))
        weights = {name: array[numbers] for name, array in self.weights.items()}
        return replace(ready, weights=weights)

    def _wrong(self, numbers: np.ndarray) -> tuple[int, DataError] | None:
        for number in numbers:
            try:
                self._prepared(np.array([number]))
            except DataError as error:
                return int(number), error
        return None

    def read(self, places: np.ndarray) -> Examples:
        """The examples at these places in memory, with inputs as the device takes them.

        Raises:
            CompileError: as ``given``, and when a layer refuses its input.
        """
        return on_host(self.plan.model, self.given(places))

    def targets(self) -> Arrays:
        """The targets of all its examples, as the source gives them."""
        return {name: array[self.numbers] for name, array in self.rows.targets().items()}

    def check_unchanged(self) -> None:
        """Check that the files are as they were.

        Raises:
            CompileError: naming one that is not.
        """
        changed = self.stamps.changed()
        if changed is not None:
            raise failure(
                codes.DATA_CHANGED,
                f"`{changed}` changed while the run reads it",
                at=self.plan.place(("data", self.section), changed),
                help="restore the file, then `kc train RUN --resume`; what was saved stands",
            )


def in_section(path: Path, section: str) -> Path:
    """The path of an error of the only source, as that of a source of its own."""
    return ("data", section, *path[2:]) if path[:2] == _SOURCE else path


Part = Examples | Stream
"""Examples for one purpose: in memory, or in files."""


def ready(part: Part, plan: Plan) -> Part:
    """A part for a plan whose layers are fitted, with inputs as the device takes them.

    Raises:
        CompileError: when a layer refuses its input.
    """
    if isinstance(part, Stream):
        return replace(part, plan=plan)
    return on_host(plan.model, part)


def chunks(part: Part | Batched) -> Iterator[Examples]:
    """All examples as a user gives them: at once, or some after another where they are streamed.

    Raises:
        CompileError: when one cannot be read, or does not fit the model.
    """
    if isinstance(part, Examples):
        yield part
        return
    if isinstance(part, Batched):
        yield from part.begin()
        return
    for first in range(0, len(part), CHUNK):
        yield part.given(np.arange(first, min(first + CHUNK, len(part))))
