"""Histories as charts."""

from __future__ import annotations

from collections.abc import Sequence

from kc.report.charts import Chart, Series, curves
from kc.runtime.runs import History, RunRecord, logs

VALIDATION = "val_"


def measures(histories: Sequence[History]) -> list[str]:
    """What is logged, without the prefix of validation: the loss first, learning rates last."""
    names = dict.fromkeys(
        name.removeprefix(VALIDATION)
        for history in histories
        for line in history
        for name in logs(line)
    )
    return sorted(names, key=lambda name: (name != "loss", "learning_rate" in name))


def run_curves(history: History) -> list[Chart]:
    """A chart for each measure, with training and validation."""
    return [
        curves(
            name,
            [
                own
                for own in (
                    _series(history, "training", name, 0),
                    _series(history, "validation", f"{VALIDATION}{name}", 1),
                )
                if own.xs
            ],
        )
        for name in measures([history])
    ]


def compared_curves(runs: Sequence[RunRecord]) -> list[Chart]:
    """A chart for each log of some runs, with a line for each run."""
    histories = [run.history for run in runs]
    names = [
        name
        for measure in measures(histories)
        for name in (measure, f"{VALIDATION}{measure}")
        if any(name in line for history in histories for line in history)
    ]
    return [
        curves(
            name,
            [
                _series(run.history, run.path.name, name, tone)
                for tone, run in enumerate(runs)
                if any(name in line for line in run.history)
            ],
        )
        for name in names
    ]


def _series(history: History, name: str, log: str, tone: int) -> Series:
    lines = [line for line in history if log in logs(line)]
    return Series(name, [line["epoch"] for line in lines], [line[log] for line in lines], tone)
