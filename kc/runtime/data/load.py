"""The section ``data`` of a spec as examples in memory."""

from __future__ import annotations

from pathlib import Path

from kc.runtime.data.split import Splits, split
from kc.schemas.data import Data


def load(data: Data, folder: Path) -> Splits:
    """Read the source and divide what it gives. Paths are relative to ``folder``.

    Raises:
        DataError: when a file cannot be used, or a part would be empty.
    """
    return split(data.source.load(folder), data.split)
