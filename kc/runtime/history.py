"""What each epoch logged, as the lines of a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kc.runtime.checkpoint import durable


class History:
    """One line for each epoch. It holds no times: a resumed run ends with the same bytes.

    Lines that the disk refuses are kept, and written before the next checkpoint: one that does not
    know its whole history is none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = b""

    def add(self, line: Mapping[str, Any]) -> None:
        self._left += json.dumps(line).encode() + b"\n"
        try:
            self.write()
        except OSError:
            return  # whoever saves the next checkpoint meets the error

    def write(self) -> int:
        """Write what is left; the length of the history then.

        Raises:
            OSError: when the disk refuses.
        """
        if self._left:
            durable.append(self.path, self._left, sync=False)
            self._left = b""
        return self.path.stat().st_size if self.path.exists() else 0

    def sync(self) -> None:
        """Make what is written durable.

        Raises:
            OSError: when the disk refuses.
        """
        if self.path.exists():
            durable.sync_file(self.path)

    def cut(self, length: int) -> None:
        """Forget epochs that a checkpoint does not know of: they will come again."""
        self._left = b""
        if self.path.exists():
            os.truncate(self.path, length)
