"""A process that saves three checkpoints, for tests that disturb its system calls.

``acknowledged-N`` in the folder says that save N came back; making a folder is a call that no test
disturbs. Called as ``python -m tests.faults.saves FOLDER``.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from kc.runtime.checkpoint import format
from kc.runtime.checkpoint.store import Store

STEPS = (1, 2, 3)
KEPT = 2


def tree(step: int) -> dict[str, dict[str, np.ndarray]]:
    return {"params": {"kernel": np.full((64, 64), step, "float32")}}


def save(folder: Path, step: int) -> None:
    """What a run does for a checkpoint; a file tells that it is done."""
    store = Store(folder / "checkpoints")
    store.save(tree(step), {"step": step}, step, None)
    store.prune(KEPT, rises=False)
    (folder / f"acknowledged-{step}").mkdir()


def acknowledged(folder: Path) -> list[int]:
    return sorted(int(path.name.partition("-")[2]) for path in folder.glob("acknowledged-*"))


def holds(path: Path, step: int) -> bool:
    """Whether a checkpoint is that of a step, to the last byte."""
    return path.read_bytes() == content(tree(step), {"step": step})


def content(trees: dict, meta: dict) -> bytes:
    """The bytes of a checkpoint."""
    with TemporaryFile("w+b") as file:
        format.write(file, trees, meta)
        file.seek(0)
        return file.read()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for number in STEPS:
        with suppress(OSError):
            save(place, number)
