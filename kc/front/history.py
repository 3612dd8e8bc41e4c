"""What training from Python leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from kc.core.events import EpochEnd


@dataclass(frozen=True, slots=True)
class History:
    """What the epochs of one ``fit`` logged."""

    epoch: list[int] = field(default_factory=list[int])
    """Numbers of the epochs, from 1."""
    history: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Values by log name, one per epoch that logged it."""
    stopped: str | None = None
    """Why training ended before its last epoch, if it did."""

    def add(self, event: EpochEnd) -> None:
        self.epoch.append(event.epoch)
        for name, value in event.logs.items():
            self.history.setdefault(name, []).append(value)
