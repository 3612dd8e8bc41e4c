"""Where trials run: each module is one way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from kc.sweep.trial import Candidate, Outcome, Watch


class Executor(Protocol):
    """Runs trials."""

    @property
    def room(self) -> int:
        """How many trials it takes at once."""
        ...

    def run(
        self, candidates: Sequence[Candidate], watch: Watch
    ) -> Iterator[tuple[Candidate, Outcome]]:
        """Run trials; each comes back when it has ended, in any order."""
        ...
