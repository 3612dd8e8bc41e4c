"""Batches that a program makes: iterables, generators, functions that return them, sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sized
from itertools import count, islice
from typing import Any, cast

import jax
import numpy as np

from kc.compiler.plan.batches import Batches, Stretch
from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import CompileError, failure
from kc.runtime.data.ahead import Ahead
from kc.runtime.data.order import permutation
from kc.runtime.data.padding import Room, padded


def is_batched(given: object) -> bool:
    """Whether this gives batches, and is no array, list of arrays or map of arrays."""
    if isinstance(given, list | tuple | Mapping | str | bytes) or hasattr(given, "__array__"):
        return False
    return hasattr(given, "__iter__") or _is_sequence(given) or _is_function(given)


def _is_function(given: object) -> bool:
    """Whether it has to be called first; a class gives batches only once it is made."""
    if isinstance(given, type):
        return True
    return callable(given) and not (hasattr(given, "__iter__") or _is_sequence(given))


def _is_sequence(given: object) -> bool:
    return hasattr(given, "__getitem__") and hasattr(given, "__len__")


class Batched:
    """What gives batches, pass after pass.

    Args:
        given: an iterable, a generator, a function that returns one, or a sequence of batches.
        name: the argument that it was passed as.
        prepare: makes examples of what it gives.
    """

    def __init__(self, given: object, name: str, prepare: Callable[[Any], Examples]) -> None:
        self.name = name
        self._given: Any = given
        self._prepare = prepare

    @property
    def begins_again(self) -> bool:
        """Whether there is another pass after the first one."""
        return _is_function(self._given) or not hasattr(self._given, "__next__")

    @property
    def length(self) -> int | None:
        """Batches of a pass, where that is known before."""
        try:
            return None if _is_function(self._given) else len(cast("Sized", self._given))
        except TypeError:  # also of a loader of PyTorch over what has no length
            return None

    def begin(self, drawn: tuple[int, int] | None = None) -> Iterator[Examples]:
        """The batches of one more pass; those that are left where there is only one pass.

        Args:
            drawn: seed and number of the pass, from which follows the order in which it goes
                through a sequence; by default that is its own. Iterables decide for themselves.
        """
        return map(self._examples, count(1), self._pass(drawn))

    def taken(self, steps: int | None) -> Iterator[Examples]:
        """Some batches of one more pass, or all."""
        return islice(self.begin(), steps)

    def check_passes(self, number: int) -> None:
        """Check that there can be so many passes.

        Raises:
            CompileError: when they cannot begin again.
        """
        if number > 1 and not self.begins_again:
            raise self._ends()

    def _pass(self, drawn: tuple[int, int] | None) -> Iterator[object]:
        given = self._given() if _is_function(self._given) else self._given
        return _items(given, drawn) if _is_sequence(given) else iter(given)

    def _examples(self, number: int, batch: object) -> Examples:
        try:
            return self._prepare(batch)
        except CompileError as error:
            found, *_ = error.report.diagnostics
            note = f"it is in batch {number:,} of a pass over `{self.name}`"
            raise failure(
                found.code, found.message, at=found.span, help=found.help, notes=(note,)
            ) from None

    def exhausted(self, batches: int) -> CompileError:
        """The diagnostic where more batches are wanted than this many."""
        if self.begins_again or not batches:
            return failure(
                codes.NO_MORE_BATCHES,
                f"`{self.name}` gives no batch",
                help="pass an iterable with at least one batch; a generator gives each only once",
            )
        return self._ends(f" after batch {batches:,}")

    def _ends(self, when: str = "") -> CompileError:
        return failure(
            codes.NO_MORE_BATCHES,
            f"the generator `{self.name}` ends{when}, and cannot begin again",
            help="pass the function that makes the generator, without calling it, or an iterable; "
            "or `steps_per_epoch`, and a generator of `steps_per_epoch` times `epochs` batches",
        )


def _items(sequence: Any, drawn: tuple[int, int] | None) -> Iterator[object]:
    length = len(sequence)
    for place in np.arange(length) if drawn is None else permutation(length, *drawn):
        yield sequence[int(place)]
    # The hook of Keras's datasets.
    getattr(sequence, "on_epoch_end", lambda: None)()


class BatchedEpochs:
    """Epochs over batches that a program makes: one is a step, whatever its size.

    Args:
        batched: what gives the batches.
        steps: steps of an epoch; the next one goes on where it ended. By default an epoch is a
            pass.
        most: steps of all epochs, where that is known: no batch behind them is asked for.
        rows: what each batch has to have, because layers remember the rows of the one before.
        seed: number from which the order of each pass through a sequence follows; None for its own.
        before: passes of earlier calls, which had their own orders.
    """

    repeatable = False
    examples = None

    def __init__(
        self,
        batched: Batched,
        steps: int | None = None,
        *,
        most: int | None = None,
        rows: int | None = None,
        seed: int | None = None,
        before: int = 0,
    ) -> None:
        self._batched = batched
        self._steps = steps
        self._most = most
        self._rows = rows
        self._seed = seed
        self._passes = before
        self._end: int | None = None
        """Steps of the pass, where its end was seen."""
        self._ahead: Ahead[Examples] | None = None
        self._taken = 0
        """Batches of the pass so far."""
        self._room = Room()

    @property
    def steps(self) -> int | None:
        return self._steps or self._end or self._batched.length

    def stretches(self, epoch: int, first: int, stop: int) -> Iterator[Stretch]:
        if self._ahead is None or (first == 0 and self._steps is None):
            self._begin()
        for step in range(first, stop):
            found = self._next(step)
            if found is None:
                return
            yield Stretch(step, step + 1, self._on_device(found, step))
            if self.steps is None and self._at_end():
                self._end = step + 1
                return

    def foresee(self, epoch: int) -> None:
        pass

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

    def _begin(self) -> None:
        """Begin a pass; a generator goes on."""
        self._end = None
        if self._ahead is None or self._batched.begins_again:
            self.close()
            self._taken = 0
            self._passes += 1
            drawn = None if self._seed is None else (self._seed, self._passes)
            # What begins again loses nothing by being read too far.
            most = None if self._batched.begins_again else self._most
            self._ahead = Ahead(self._batched.begin(drawn), most)

    def _at_end(self) -> bool:
        assert self._ahead is not None
        return self._ahead.is_at_end()

    def _next(self, step: int) -> Examples | None:
        """The batch of a step; None where a pass, and so the epoch, ended before it."""
        if self._at_end():
            if self._steps is None and step:
                self._end = step
                return None
            if not self._batched.begins_again or not self._taken:
                raise self._batched.exhausted(self._taken)
            self._begin()
            if self._at_end():
                raise self._batched.exhausted(0)
        assert self._ahead is not None
        self._taken += 1
        return self._ahead.next()

    def _on_device(self, examples: Examples, step: int) -> Batches:
        rows = self._rows or self._room.fit(len(examples))
        if self._rows and len(examples) != self._rows:
            raise failure(
                codes.OTHER_BATCH_SIZE,
                f"stateful layers remember {self._rows} rows, a batch has {len(examples)}",
                help=f"give batches of {self._rows}, or set `training.batch_size`",
            )
        arrays = (dict(examples.inputs), dict(examples.targets), dict(examples.weights))
        inputs, targets, weights = jax.device_put(jax.tree.map(lambda a: padded(a, rows), arrays))
        order = jax.device_put(np.arange(rows, dtype=np.int32))
        return Batches(inputs, targets, weights, order, len(examples), step)
