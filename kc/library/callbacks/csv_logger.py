"""The history as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from kc.core import codes
from kc.core.events import Control, EpochEnd, Event, Logs, TrainBegin
from kc.library.callback import Callback, CallbackError
from kc.library.outputs import OutputFile, OutputPath, lost

_ENDINGS = (".csv", ".tsv", ".txt", ".log")


def _table(path: str) -> str:
    # No other file of a run ends like this, so none can be hit.
    if not path.endswith(_ENDINGS):
        raise ValueError(f"`{path}` has to end in {', '.join(_ENDINGS)}")
    return path


class CSVLogger(Callback, kind="csv_logger"):
    """Writes a line per epoch to a table in the run's folder.

    The first line names the columns: ``epoch``, from 1, and the logs by name; without validation
    those with ``val_`` hold ``NA``, as in Keras. No file is overwritten. A resumed run goes on with
    its table. `fit` writes to the current folder. ``metrics.jsonl`` holds the same history without
    this callback.

    Source: ``keras/src/callbacks/csv_logger.py``.

    Example:
        callbacks: [{csv_logger: history.csv}]
    """

    in_population = "rests"

    filename: Annotated[OutputPath, AfterValidator(_table)]
    """The file, by its path in the folder."""
    separator: Annotated[str, Field(pattern=r"^[,;:|\t ]$")] = ","
    """The character between two values."""
    append: bool = False
    """Whether to go on with a table that is there, if it has the same columns."""

    def watch(self) -> CSVLoggerWatcher:
        return CSVLoggerWatcher(self)


class CSVLoggerWatcher:
    def __init__(self, config: CSVLogger) -> None:
        self.config = config
        self.file = OutputFile(config.filename)
        self.columns: list[str] | None = None
        """Names of the logs; None before the first epoch."""
        self.head = ""
        """First line of a table that was there before."""

    def on(self, event: Event, control: Control) -> None:
        try:
            match event:
                case TrainBegin():
                    self._begin(control.folder)
                case EpochEnd():
                    if self.file.bytes is None:
                        self._begin(control.folder)
                    self.file.add(control.folder, self._epoch(event).encode())
                case _:
                    pass
        except OSError as error:
            lost(self.config, control, f"lines of {self.config.filename}", error)

    def _begin(self, folder: Path) -> None:
        self.head = self.file.begin(folder, self.config.append)

    def _epoch(self, event: EpochEnd) -> str:
        """What an epoch adds to the file."""
        if self.columns is None:
            self.columns = _columns(event.logs)
        header = self._line(["epoch", *self.columns])
        if self.head and self.head != header.rstrip():
            raise CallbackError(
                codes.OUTPUT_EXISTS,
                f"the table {self.config.filename} has other columns: {self.head}",
                "remove it, or choose another name",
            )
        line = self._line([event.epoch, *(event.logs.get(name, "NA") for name in self.columns)])
        return line if self.file.bytes else header + line

    def _line(self, values: Iterable[object]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self.config.separator).writerow(values)
        return text.getvalue()

    def state(self) -> Mapping[str, object]:
        return {"columns": self.columns, "bytes": self.file.bytes}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.columns = state["columns"]
        self.file.restore(state["bytes"])


def _columns(logs: Logs) -> list[str]:
    names = sorted(logs)
    if any(name.startswith("val_") for name in names):
        return names
    return [*names, *(f"val_{name}" for name in names)]
