"""Watching one log of an epoch for its best value."""

from __future__ import annotations

import re
from typing import Literal

from kc.core import codes
from kc.core.diagnostic import failure
from kc.core.events import EpochEnd
from kc.core.registry import entries
from kc.core.span import Span
from kc.core.text import did_you_mean
from kc.library.metric import Metric

Mode = Literal["auto", "min", "max"]


def rises(monitor: str, mode: Mode) -> bool:
    """Whether a larger value of the log is better."""
    return higher_is_better(monitor) if mode == "auto" else mode == "max"


def improves(value: float, best: float, min_delta: float, rises: bool) -> bool:
    """Whether a value is better than the best so far by more than ``min_delta``."""
    return value - min_delta > best if rises else value + min_delta < best


def higher_is_better(log: str) -> bool:
    """What the metric behind a log says; losses and logs of no metric had better be small.

    A log is called after its metric: ``auc``, ``val_auc``, of an output ``age`` ``age_auc``, and
    with several of a kind ``auc_1``.
    """
    known = entries("metric")
    name = log.removeprefix("val_")
    words = re.sub(r"_\d+$", "", name).split("_")
    names = [name, *("_".join(words[start:]) for start in range(len(words)))]
    found = next((known[name] for name in names if name in known), None)
    return issubclass(found, Metric) and found.higher_is_better if found else False


def read(event: EpochEnd, monitor: str, span: Span | None) -> float | None:
    """The watched value of an epoch; None where it belongs to validation, and that rests.

    Raises:
        CompileError: when the epoch does not log it.
    """
    logs = event.logs
    if event.validation_rests and monitor.startswith("val_"):
        return None
    if monitor not in logs:
        help = did_you_mean(monitor, logs)
        if monitor.startswith("val_") and not any(name.startswith("val_") for name in logs):
            help = "there is no validation data: add `data.split.validation`"
        raise failure(codes.UNKNOWN_MONITOR, f"no epoch logs `{monitor}`", at=span, help=help)
    return logs[monitor]
