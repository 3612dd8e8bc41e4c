"""What a command does when it is asked to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def asked_to_end(answer: Callable[[], None]) -> Generator[None]:
    """Call a function at SIGINT and SIGTERM, as long as the context lasts."""

    def handle(number: int, frame: object) -> None:
        answer()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
