"""An iterator that works ahead in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, Generic, TypeVar

T = TypeVar("T")
AHEAD: Final = 4
"""Items that are made before someone asks for them."""


class Ahead(Generic[T]):
    """Takes items of an iterator in a thread, a few before they are asked for.

    What the iterator raises is raised where its item is asked for. ``most`` limits how many are
    taken, so that a generator keeps the others.
    """

    def __init__(self, items: Iterator[T], most: int | None = None) -> None:
        self._items = islice(items, most)
        self._pool = ThreadPoolExecutor(1, "kc-ahead")
        self._ahead: deque[Future[T | None]] = deque(self._taken() for _ in range(AHEAD))

    def is_at_end(self) -> bool:
        """Whether there are no more items. Waits for the next one."""
        return self._ahead[0].result() is None

    def next(self) -> T:
        """The next item, after which it takes one more."""
        found = self._ahead.popleft().result()
        assert found is not None, "there are no more items"
        self._ahead.append(self._taken())
        return found

    def close(self) -> None:
        """Wait for what is being taken, and take no more."""
        self._pool.shutdown(cancel_futures=True)

    def _taken(self) -> Future[T | None]:
        return self._pool.submit(next, self._items, None)
