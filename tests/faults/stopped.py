"""``kc train`` that waits at one place until a signal comes, for tests that send one there.

Called as ``python -m tests.faults.stopped PLACE ARGUMENTS...``; a line says that it is there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from kc.cli.main import run
from kc.compiler.plan.execution import Execution
from kc.runtime.checkpoint.store import Store

PLACES = {
    "compiling": (Execution, "train", 0),
    "training": (Execution, "train", 9),
    "evaluating": (Execution, "evaluate", 1),
    "saving": (Store, "save", 2),
}
"""A method at the place, and how often it runs before."""


def waits(method: Callable[..., Any], before: int) -> Callable[..., Any]:
    """The method, which once takes a second more, and says so."""
    left = [before]

    def slow(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] == -1:
            sys.stdout.write("there\n")
            sys.stdout.flush()
            # Not one long sleep: a compiler or a disk is not woken by a signal.
            end = time.monotonic() + 1
            while time.monotonic() < end:
                time.sleep(0.01)
        return method(*arguments)

    return slow


if __name__ == "__main__":
    owner, name, before = PLACES[sys.argv[1]]
    setattr(owner, name, waits(getattr(owner, name), before))
    sys.exit(run(sys.argv[2:]))
