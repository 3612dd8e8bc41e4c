"""The examples of a training job: read, divided, checked, in the model's types."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from kc.compiler.plan.plan import Plan
from kc.core import codes
from kc.core.data import Examples, InMemory, Rows
from kc.core.diagnostic import failure
from kc.core.span import Span
from kc.core.tree import Path
from kc.runtime.data.columns import read_column, weights_of
from kc.runtime.data.fingerprint import fingerprint
from kc.runtime.data.memory import available
from kc.runtime.data.order import steps_per_epoch
from kc.runtime.data.place import placed
from kc.runtime.data.sizes import prepare_examples
from kc.runtime.data.split import Splits, split
from kc.runtime.data.stamps import Stamps
from kc.runtime.data.stream import Part, Stream, in_section
from kc.runtime.data.words import with_words, words_of
from kc.schemas.data import Data

T = TypeVar("T")
SAMPLED = 256
"""Rows of a stream that its fingerprint covers, beside all targets where they are small."""
_SMALL = 2**28  # bytes; windows over a text have targets that repeat it many times
_SHARE = 0.5  # of the memory that is left; batches, weights and the compiler want the rest


def examples(plan: Plan, folder: pathlib.Path, streamed: bool | None = None) -> Splits:
    """What the section ``data`` names: raw inputs. Paths are relative to ``folder``.

    Args:
        plan: what the examples are for.
        folder: where paths begin.
        streamed: whether they are read while training runs, as it was when a run began; by default
            where the spec says so, or they are too many for memory.

    Raises:
        CompileError: at the source's place, when the data cannot be used.
    """
    data = plan.data
    if data is None:
        raise failure(
            codes.NO_DATA,
            "the spec has no section `data`",
            help="add `data: {source: ...}`, or train from Python with `kc.load(...).fit(x, y)`",
        )
    return _Reading(plan, data, folder, streamed).parts()


@dataclass(frozen=True, slots=True)
class _Reading:
    """The sources of a spec, about to be read."""

    plan: Plan
    data: Data
    folder: pathlib.Path
    streamed: bool | None

    def parts(self) -> Splits:
        opened = {key: self._in(key, source.open) for key, source in self.data.sources.items()}
        if len(opened) > 1:
            classes = self._in("source", lambda _: words_of(opened["source"]))
            for key, rows in opened.items():
                opened[key] = self._in(key, lambda _, rows=rows: with_words(rows, classes))
        streams = self._streams(opened)
        read = partial(self._part, streams=streams)
        found = {key: self._in(key, partial(read, key, rows)) for key, rows in opened.items()}
        whole = found.pop("source")
        return replace(self._in("source", lambda _: self._divided(whole)), **found)

    def _in(self, key: str, function: Callable[[pathlib.Path], T]) -> T:
        """What a function makes of the folder, with errors at the place of a source."""
        first = next(iter(self.data.sources[key].files()), None)

        def place(path: Path, word: str | None) -> Span | None:
            return self.plan.place(in_section(path, key), word or first)

        return placed(lambda: function(self.folder), place)

    def _part(self, key: str, rows: Rows, folder: pathlib.Path, streams: bool) -> Part:
        """All examples of a source."""
        source = self.data.sources[key]
        weights = weights_of(self.plan, source, folder, len(rows))
        if streams and not isinstance(rows, InMemory):
            stamps = Stamps.of(folder, source.files())
            return Stream(rows, np.arange(len(rows)), self.plan, stamps, weights, key)
        # Checked before they are divided, so that messages count examples as the file does.
        return replace(prepare_examples(self.plan, _all(rows)), weights=weights)

    def _divided(self, whole: Part) -> Splits:
        parts = self.data.split
        keys = {name: key for key, name in parts.columns.items()}

        def column(name: str) -> np.ndarray:
            path = ("data", "split", keys[name])
            return read_column(self.data.source, self.folder, name, len(whole), path)

        return split(whole, parts, column)

    def _streams(self, opened: Mapping[str, Rows]) -> bool:
        wanted = self.data.stream if self.streamed is None else self.streamed
        if wanted is not None:
            return wanted
        sizes = [self._in(key, lambda _, rows=rows: rows.nbytes) for key, rows in opened.items()]
        return sum(sizes) > _SHARE * available()


def _all(rows: Rows) -> Examples:
    return rows.examples if isinstance(rows, InMemory) else rows.read(np.arange(len(rows)))


def data_hash(parts: Splits) -> str:
    """Fingerprint of all examples, whatever they are for; of a stream, of some of its rows."""
    found = [_hash(part) for part in (parts.train, parts.validation, parts.test) if part]
    return hashlib.sha256(" ".join(found).encode()).hexdigest()


def _hash(part: Part) -> str:
    if isinstance(part, Examples):
        return fingerprint(part)
    places = np.unique(np.linspace(0, len(part) - 1, SAMPLED).astype(np.int64))
    sample = part.given(places)
    weights = {name: array[part.numbers] for name, array in part.weights.items()}
    targets = part.rows.targets()
    if sum(array.nbytes for array in targets.values()) < _SMALL:
        sample = replace(sample, targets={**sample.targets, **part.targets()})
    return fingerprint(replace(sample, weights=weights))


def steps_of_run(plan: Plan, parts: Splits) -> int:
    """The training steps of all epochs."""
    steps = plan.steps_per_epoch or steps_per_epoch(len(parts.train), plan.batch_size)
    return plan.epochs * steps
