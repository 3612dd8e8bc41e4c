"""Trials in this process: together where they are one program, otherwise one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kc.core.events import Logs
from kc.sweep.executors.together import Group, groups
from kc.sweep.training import Trainer
from kc.sweep.trial import Candidate, Outcome, Watch

_NO_MEMORY = ("RESOURCE_EXHAUSTED", "out of memory")


class Local:
    """Runs trials here. One that fails for no reason of its spec is run again."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    @property
    def room(self) -> int:
        return self.trainer.sweep.batch

    def run(
        self, candidates: Sequence[Candidate], watch: Watch
    ) -> Iterator[tuple[Candidate, Outcome]]:
        left = {candidate.number: candidate for candidate in candidates}
        for group in groups(self.trainer, candidates):
            for number, outcome in self._together(group, watch):
                yield left.pop(number), outcome
        for candidate in left.values():
            watch.began(candidate)
            yield candidate, self._tried(candidate, watch)

    def _together(self, group: Group, watch: Watch) -> Iterator[tuple[int, Outcome]]:
        """The trials of a group; where that fails, those that are left have to run alone."""
        try:
            yield from group.train(watch)
        except Exception:  # noqa: BLE001  # as for want of memory: alone, each tells its own reason
            return

    def _tried(self, candidate: Candidate, watch: Watch) -> Outcome:
        def look(epoch: int, logs: Logs) -> bool:
            return watch.epoch(candidate, epoch, logs)

        why = ""
        for _ in range(1 + self.trainer.sweep.retries):
            try:
                return self.trainer.train(candidate, look)
            except Exception as error:  # noqa: BLE001  # whatever a trial does, the others go on
                why = _reason(error)
        return Outcome("failed", why=why)


def _reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, MemoryError) or any(word in text for word in _NO_MEMORY):
        return "out of memory"
    return f"{type(error).__name__}: {text.partition(chr(10))[0]}"[:200]
