"""How examples reach the device: all at once where they fit, otherwise batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import jax
import numpy as np

from kc.compiler.plan.batches import Batches, Stretch
from kc.core.data import Examples
from kc.runtime.data.order import Order
from kc.runtime.data.padding import padded
from kc.runtime.data.readers import Reader, reader
from kc.runtime.data.stream import Part, Stream


class Feed(Protocol):
    """Gives the steps of an epoch their examples."""

    def __len__(self) -> int:
        """How many examples there are."""
        ...

    def stretches(self, order: Order, first: int, stop: int) -> Iterator[Stretch]:
        """The batches of the steps ``first`` up to ``stop`` of an epoch with this order.

        Raises:
            CompileError: when an example cannot be read, or does not fit the model.
        """
        ...

    def close(self) -> None:
        """Let go of what reads ahead."""
        ...


class Resident:
    """Examples that all lie on the device."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._order: Order | None = None

    def __len__(self) -> int:
        return int(self._batches.size)

    def rows(self, order: Order) -> np.ndarray:
        """Row numbers of an epoch."""
        return order.rows

    def stretches(self, order: Order, first: int, stop: int) -> Iterator[Stretch]:
        if order != self._order:
            self._order = order
            self._batches = self._batches._replace(order=jax.device_put(self.rows(order)))
        yield Stretch(first, stop, self._batches)

    def close(self) -> None:
        pass


class Streamed:
    """Examples that are read while training runs; the device holds those of a few steps."""

    def __init__(self, stream: Stream, batch_size: int) -> None:
        self._stream = stream
        self._size = batch_size
        self._reader: Reader | None = None
        """What reads ahead; begins with the first batch, and again after an end."""

    def __len__(self) -> int:
        return len(self._stream)

    def stretches(self, order: Order, first: int, stop: int) -> Iterator[Stretch]:
        if first == 0:
            self._stream.check_unchanged()
        for step in range(first, stop):
            yield Stretch(step, step + 1, self._batch(order, step))

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _batch(self, order: Order, step: int) -> Batches:
        if self._reader is None:
            self._reader = reader(self._stream)
        examples = self._reader.batch(order, step)
        arrays = (examples.inputs, examples.targets, examples.weights)
        inputs, targets, weights = jax.device_put(
            jax.tree.map(lambda array: padded(array, self._size), arrays)
        )
        rows = jax.device_put(np.arange(self._size, dtype=np.int32))
        return Batches(inputs, targets, weights, rows, len(examples), step)


def feed(part: Part, batch_size: int) -> Feed:
    """What gives steps the examples of a part."""
    return Streamed(part, batch_size) if isinstance(part, Stream) else Resident(on_device(part))


def on_device(examples: Examples) -> Batches:
    """Examples on the device, in their own order and without padding."""
    arrays = (dict(examples.inputs), dict(examples.targets), dict(examples.weights))
    inputs, targets, weights = jax.device_put(arrays)
    order = np.arange(len(examples), dtype=np.int32)
    return Batches(inputs, targets, weights, jax.device_put(order), len(examples))
