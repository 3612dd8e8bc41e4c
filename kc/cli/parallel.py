"""The same work on many files, on all cores where that pays off."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_IT = 64
"""Files from which on processes are started: they cost about as much as checking so many."""
_CHUNK = 16
"""Files that a process takes at once."""


def each(
    work: Callable[[Item], Result], items: Sequence[Item], *, alone: bool = False
) -> Iterator[Result]:
    """The results of ``work`` in the order of the items; all of it can be pickled.

    ``alone`` keeps everything in this process.
    """
    processes = min(cores(), -(-len(items) // _CHUNK))
    if alone or len(items) < WORTH_IT or processes < 2:
        yield from map(work, items)
        return
    # What the first ones import, copies of this process have already.
    yield from map(work, items[:_CHUNK])
    # Imported here: a command about one file does without.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import active_children, get_context

    # Other systems than Linux cannot make copies.
    context = get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(processes, context, _leave_interrupts) as pool:
        try:
            yield from pool.map(work, items[_CHUNK:], chunksize=_CHUNK)
        except BaseException:
            # Nobody waits for what is under way.
            for process in active_children():
                process.terminate()
            raise


def cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _leave_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; the first one ends the others."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
