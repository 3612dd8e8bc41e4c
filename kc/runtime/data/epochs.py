"""Which batches the steps of each epoch take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from kc.compiler.plan.batches import Stretch
from kc.compiler.plan.plan import Plan
from kc.runtime.data.feed import Feed, feed
from kc.runtime.data.order import Order
from kc.runtime.data.stream import Part


class Epochs(Protocol):
    """Gives the steps of each epoch their batches."""

    repeatable: bool
    """Whether the batches of a step can be had once more."""

    @property
    def steps(self) -> int | None:
        """Steps of the epoch under way; None as long as only its end will tell."""
        ...

    @property
    def examples(self) -> int | None:
        """Examples of one pass over the data; None where that is not known."""
        ...

    def stretches(self, epoch: int, first: int, stop: int) -> Iterator[Stretch]:
        """The batches of the steps ``first`` up to ``stop`` of an epoch, as far as it goes.

        Raises:
            CompileError: when an example cannot be read, or does not fit the model.
        """
        ...

    def foresee(self, epoch: int) -> None:
        """Do what can be done for an epoch before it begins, while the device is busy."""
        ...

    def close(self) -> None:
        """Let go of what reads ahead."""
        ...


class Passes:
    """Epochs over examples whose order follows from numbers.

    Steps go through the examples again and again, each pass in an order of its own. An epoch is one
    pass, or some steps that go on where those of the epoch before ended: which batch a step takes
    follows from its number alone.
    """

    repeatable = True

    def __init__(self, feed: Feed, first: Order, steps: int | None = None) -> None:
        self._feed = feed
        self._first = first
        self.steps = steps or first.steps

    @property
    def examples(self) -> int:
        return self._first.examples

    def stretches(self, epoch: int, first: int, stop: int) -> Iterator[Stretch]:
        while first < stop:
            number, place = self._place(epoch, first)
            length = min(stop - first, self._first.steps - place)
            order = self._first.after(number)
            for stretch in self._feed.stretches(order, place, place + length):
                yield stretch.moved(first - place)
            first += length

    def foresee(self, epoch: int) -> None:
        number, _ = self._place(epoch, 0)
        self._first.after(number).rows  # noqa: B018  drawn and kept

    def close(self) -> None:
        self._feed.close()

    def _place(self, epoch: int, step: int) -> tuple[int, int]:
        """The pass that a step belongs to, and its number there; both from 0."""
        return divmod((epoch - 1) * self.steps + step, self._first.steps)


def training(part: Part, plan: Plan, before: int = 0) -> Passes:
    """The epochs of a plan, after so many passes of earlier calls, which had their own orders."""
    first = Order(len(part), plan.batch_size, plan.seed, before + 1, plan.shuffle)
    return Passes(feed(part, plan.batch_size), first, plan.steps_per_epoch)


def in_order(part: Part, batch_size: int) -> Passes:
    """All examples once in each epoch, in their own order, for measuring."""
    return Passes(feed(part, batch_size), Order(len(part), batch_size))
