"""The history as lines of JSON."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from kc.core.events import Control, EpochEnd, Event, Logs, StepsEnd, TrainBegin
from kc.library.callback import Callback
from kc.library.fields import PositiveInt
from kc.library.outputs import OutputFile, OutputPath, lost

_TAKEN = ("metrics.jsonl", "sessions.jsonl", "checkpoints/")


def _lines(path: str) -> str:
    if not path.endswith(".jsonl"):
        raise ValueError(f"`{path}` has to end in `.jsonl`")
    if path.startswith(_TAKEN):
        raise ValueError(f"`{path}` is a file of the run itself: choose another name")
    return path


class JSONLines(Callback, kind="json_lines"):
    """Writes a line of JSON per epoch, and every so many steps, to a file in the run's folder.

    A line holds ``epoch``, from 1, and ``step``, since the beginning; ``time`` in UTC; the logs by
    name, null where they are not finite. Lines of epochs also hold ``seconds`` and
    ``examples_per_second``, lines of steps the logs of the epoch so far. No file is overwritten. A
    resumed run goes on with its file. `fit` writes to the current folder.

    Example:
        callbacks: [{json_lines: {filename: log.jsonl, every_steps: 100}}]
    """

    filename: Annotated[OutputPath, AfterValidator(_lines)] = "log.jsonl"
    """The file, by its path in the folder."""
    every_steps: PositiveInt | None = None
    """Steps between lines within an epoch; looking often takes time."""
    append: bool = False
    """Whether to go on with a file that is there."""

    @property
    def step_interval(self) -> int | None:
        return self.every_steps

    def watch(self) -> JSONLinesWatcher:
        return JSONLinesWatcher(self)


class JSONLinesWatcher:
    def __init__(self, config: JSONLines) -> None:
        self.config = config
        self.file = OutputFile(config.filename)

    def on(self, event: Event, control: Control) -> None:
        interval = self.config.every_steps
        try:
            match event:
                case TrainBegin():
                    self._begin(control.folder)
                case StepsEnd(step=step) if interval is not None and step % interval == 0:
                    self._write(control, event, {}, control.logs())
                case EpochEnd():
                    speed = event.examples_per_second
                    times = {"seconds": event.seconds, "examples_per_second": speed}
                    self._write(control, event, times, event.logs)
                case _:
                    pass
        except OSError as error:
            lost(self.config, control, f"lines of {self.config.filename}", error)

    def _begin(self, folder: Path) -> None:
        self.file.begin(folder, self.config.append)

    def _write(
        self, control: Control, event: StepsEnd | EpochEnd, times: Mapping[str, float], logs: Logs
    ) -> None:
        if self.file.bytes is None:
            self._begin(control.folder)
        now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
        numbers = {name: v if math.isfinite(v) else None for name, v in {**times, **logs}.items()}
        line = {"epoch": event.epoch, "step": event.step, "time": now, **numbers}
        self.file.add(control.folder, json.dumps(line).encode() + b"\n")

    def state(self) -> Mapping[str, object]:
        return {"bytes": self.file.bytes}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.file.restore(state["bytes"])
