"""Report to Weights & Biases."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kc.core.events import Control, Logs
from kc.library.tracking import Outcome, TrackingCallback, module, refused


class WandB(TrackingCallback, kind="wandb"):
    """Keeps a run for Weights & Biases: spec, logs of each epoch, and the model.

    Needs the extra ``wandb``. By default nothing is sent: the run lies in the folder ``wandb`` in
    that of the run, and ``wandb sync`` sends it. A resumed run adds to the same run. Logs of the
    test examples begin with ``test_``.

    Example:
        callbacks: [{wandb: {project: digits}}]
    """

    package = "wandb"
    quiet = {"WANDB_ERROR_REPORTING": "false"}  # noqa: RUF012

    project: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")] = "kc"
    """What Weights & Biases groups runs by."""
    mode: Literal["offline", "online"] = "offline"
    """Whether the run is sent while it trains; `online` needs an account."""

    def open(self, control: Control, run: str | None) -> WandBTracker:
        return WandBTracker(self, control, run)


class WandBTracker:
    last_epoch = 0
    """What it has lies on a server, which drops epochs that it has."""

    def __init__(self, config: WandB, control: Control, run: str | None) -> None:
        wandb = module("wandb")
        self.id = run or secrets.token_hex(8)
        self._folder = control.folder
        self._error: type[Exception] = wandb.Error
        quiet = wandb.Settings(
            silent=True, console="off", disable_git=True, disable_code=True, save_code=False,
            x_disable_stats=True, x_disable_meta=True, x_disable_machine_info=True,
        )  # fmt: skip
        with refused(self._error):
            self._run = wandb.init(
                project=config.project, name=config.run_name or control.name, mode=config.mode,
                dir=str(control.folder), id=self.id, resume="allow", config=dict(control.spec),
                settings=quiet,
            )  # fmt: skip

    def log(self, epoch: int, logs: Logs) -> None:
        with refused(self._error):
            self._run.log(dict(logs), step=epoch)

    def finish(self, outcome: Outcome, test: Logs, files: Sequence[Path]) -> None:
        with refused(self._error):
            self._run.summary.update({f"test_{name}": value for name, value in test.items()})
            for file in files:
                self._run.save(str(file), base_path=str(self._folder), policy="now")
            self._run.finish(exit_code=0 if outcome == "finished" else 130)
