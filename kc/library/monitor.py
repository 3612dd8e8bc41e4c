"""Watching one log of an epoch for its best value."""

from __future__ import annotations

from typing import Literal

from kc.core import codes
from kc.core.diagnostic import failure
from kc.core.events import Logs
from kc.core.span import Span
from kc.core.text import did_you_mean

Mode = Literal["auto", "min", "max"]

_RISING = ("accuracy", "auc")  # ends of the names of logs for which more is better


def rises(monitor: str, mode: Mode) -> bool:
    """Whether a larger value of the log is better."""
    return monitor.endswith(_RISING) if mode == "auto" else mode == "max"


def read(logs: Logs, monitor: str, span: Span | None) -> float:
    """The watched value of an epoch.

    Raises:
        CompileError: when the epoch does not log it.
    """
    if monitor not in logs:
        help = did_you_mean(monitor, logs)
        if monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
            help = "there is no validation data: add `data.split.validation`"
        raise failure(codes.UNKNOWN_MONITOR, f"no epoch logs `{monitor}`", at=span, help=help)
    return logs[monitor]
