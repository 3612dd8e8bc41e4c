"""Reading the batches of a stream ahead of the steps that take them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from kc.core import codes
from kc.core.data import Examples
from kc.core.diagnostic import failure
from kc.runtime.data.order import Order
from kc.runtime.data.stream import Stream

AHEAD = 4
"""Batches that are read before a step asks for them, by all threads or by each process."""
_ENDLESS = 2**31


class Reader(Protocol):
    """Gives the batches of a stream; steps should ask for them one after another."""

    def batch(self, order: Order, step: int) -> Examples:
        """The examples of a step.

        Raises:
            CompileError: when one cannot be read, or does not fit the model.
        """
        ...

    def close(self) -> None: ...


def reader(stream: Stream) -> Reader:
    """Processes where the spec asks for some, otherwise threads."""
    workers = stream.plan.data.workers if stream.plan.data else 0
    return Processes(stream, workers) if workers else Threads(stream)


class Threads:
    """Threads of this process. They help where reading waits, or runs in C as decoding does."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, "kc-read")
        self._order: Order | None = None
        self._ahead: deque[tuple[int, Future[Examples]]] = deque()
        """The steps whose batches are being read, and the batches."""

    def batch(self, order: Order, step: int) -> Examples:
        if order != self._order or not self._ahead or self._ahead[0][0] != step:
            self._restart(order)
        self._read_ahead(order, step)
        _, found = self._ahead.popleft()
        self._read_ahead(order, step + 1)
        return found.result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _restart(self, order: Order) -> None:
        for _, future in self._ahead:
            future.cancel()
        self._ahead.clear()
        self._order = order

    def _read_ahead(self, order: Order, step: int) -> None:
        """Begin to read the batches from this step on, as far as the epoch goes."""
        begin = self._ahead[-1][0] + 1 if self._ahead else step
        for later in range(begin, min(step + AHEAD, order.steps)):
            self._ahead.append((later, self._pool.submit(self._stream.read, order.places(later))))


class Processes:
    """Processes that Grain runs. They read on from one epoch into the next."""

    def __init__(self, stream: Stream, workers: int) -> None:
        self._stream = stream
        self._workers = workers
        self._first: Order | None = None
        """The order of the epoch that the processes began with."""
        self._position = 0
        """Steps since the beginning of that epoch."""
        self._iterator: Iterator[Examples] = iter(())

    def batch(self, order: Order, step: int) -> Examples:
        if not self._comes_next(order, step):
            self._restart(order, step)
        self._position += 1
        try:
            return next(self._iterator)
        except RuntimeError as error:
            raise failure(
                codes.READER_LOST,
                f"a process that reads examples ended: {_first_line(error)}",
                help="`--resume` goes on from the last checkpoint; if memory ran out, use fewer "
                "`workers`, or smaller batches",
            ) from None

    def close(self) -> None:
        close = getattr(self._iterator, "close", None)
        if close is not None:
            close()

    def _comes_next(self, order: Order, step: int) -> bool:
        if self._first is None:
            return False
        epochs, expected = divmod(self._position, order.steps)
        return step == expected and order == self._first.after(epochs)

    def _restart(self, order: Order, step: int) -> None:
        self.close()
        self._first, self._position = order, step
        self._iterator = _run(_Batches(self._stream, order), step, self._workers)


@dataclass(frozen=True, slots=True)
class _Batches:
    """The batches of all epochs by number, as Grain wants them."""

    stream: Stream
    first: Order

    def __len__(self) -> int:
        return _ENDLESS

    def __getitem__(self, position: int) -> Examples:
        epochs, step = divmod(position, self.first.steps)
        return self.stream.read(self.first.after(epochs).places(step))


def _run(batches: _Batches, begin: int, workers: int) -> Iterator[Examples]:
    """The batches from one on, read by processes, in their order."""
    grain = _grain()
    read = grain.ReadOptions(num_threads=1, prefetch_buffer_size=1)
    spread = grain.MultiprocessingOptions(num_workers=workers, per_worker_buffer_size=AHEAD)
    source = grain.MapDataset.source(batches)[begin:]
    return iter(source.to_iter_dataset(read).mp_prefetch(spread))


def _grain() -> Any:
    try:
        import grain
        from absl import flags
    except ImportError:
        raise failure(
            codes.MISSING_EXTRA,
            "`data.workers` needs grain",
            help="pip install 'kc-compiler[grain]', or leave `workers` out: threads read, too",
        ) from None
    if not flags.FLAGS.is_parsed():
        flags.FLAGS.mark_as_parsed()  # Grain reads flags of Abseil, whose own main() did not run
    return grain


def _first_line(error: Exception) -> str:
    return str(error).strip().partition(". ")[0].partition("\n")[0]
