"""Report to MLflow."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from kc.core.events import Control, Logs
from kc.library.addresses import WebAddress
from kc.library.tracking import Outcome, TrackingCallback, finite, module, refused, settings

DATABASE = "mlflow.db"
_BATCH = 100  # what MLflow takes at a time
_MOST_SETTINGS = 1000
_LONGEST_NAME, _LONGEST_VALUE = 250, 6000
_ODD = re.compile(r"[^\w\-. /:]")


class MLflow(TrackingCallback, kind="mlflow"):
    """Keeps a run in MLflow: settings of the spec, logs of each epoch, the spec and the model.

    Needs the extra ``mlflow``. The run is kept in ``mlflow.db`` in the run's folder, or where
    ``MLFLOW_TRACKING_URI`` says, so that several runs stand side by side: ``mlflow ui
    --backend-store-uri sqlite:///runs/NAME/mlflow.db``. A resumed run goes on with its run there;
    an epoch that is there is not logged again. Logs of the test examples begin with ``test_``.
    Nothing is sent anywhere, but to the server of `tracking_uri`.

    Example:
        callbacks: [{mlflow: {experiment: digits}}]
    """

    package = "mlflow"
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true"}  # noqa: RUF012

    experiment: Annotated[str, Field(min_length=1, max_length=200)] = "kc"
    """What MLflow groups runs by."""
    tracking_uri: WebAddress | None = None
    """Address of a server of MLflow, as `http://localhost:5000`."""

    def open(self, control: Control, run: str | None) -> MLflowTracker:
        return MLflowTracker(self, control, run)


class MLflowTracker:
    def __init__(self, config: MLflow, control: Control, run: str | None) -> None:
        self._client, own = _client(config, control.folder)
        with _refused():
            self.id = self._found(run) or self._begun(config, control, own)
            history = self._client.get_metric_history(self.id, "loss")
        self.last_epoch = max((metric.step for metric in history), default=0)

    def log(self, epoch: int, logs: Logs) -> None:
        metric, now = module("mlflow.entities").Metric, int(1000 * time.time())
        metrics = [metric(name, value, now, epoch) for name, value in finite(logs).items()]
        with _refused():
            for batch in _batches(metrics):
                self._client.log_batch(self.id, metrics=batch)

    def finish(self, outcome: Outcome, test: Logs, files: Sequence[Path]) -> None:
        self.log(self.last_epoch, {f"test_{name}": value for name, value in test.items()})
        with _refused():
            for file in files:
                self._client.log_artifact(self.id, str(file))
            self._client.set_terminated(self.id, "FINISHED" if outcome == "finished" else "KILLED")

    def _found(self, run: str | None) -> str | None:
        """A run of before, if it is still there."""
        try:
            if run is not None:
                self._client.update_run(run, status="RUNNING")
        except _error():
            return None
        return run

    def _begun(self, config: MLflow, control: Control, artifacts: Path | None) -> str:
        found = self._client.get_experiment_by_name(config.experiment)
        place = None if artifacts is None else artifacts.as_uri()
        experiment = (
            found.experiment_id
            if found is not None
            else self._client.create_experiment(config.experiment, artifact_location=place)
        )
        name = config.run_name or control.name
        run = str(self._client.create_run(experiment, run_name=name).info.run_id)
        param = module("mlflow.entities").Param
        values = islice(_params(control.spec).items(), _MOST_SETTINGS)
        for batch in _batches([param(key, value) for key, value in values]):
            self._client.log_batch(run, params=batch)
        return run


def _client(config: MLflow, folder: Path) -> tuple[Any, Path | None]:
    """What talks to the store, and where files lie that a store in the folder keeps."""
    client = module("mlflow").MlflowClient
    given = config.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
    if given:
        return client(given), None
    folder = folder.resolve()
    return client(f"sqlite:///{folder / DATABASE}"), folder / "mlflow"


def _params(spec: Mapping[str, object]) -> dict[str, str]:
    """The settings of a spec in the letters and lengths that MLflow takes."""
    return {
        _ODD.sub("_", name)[:_LONGEST_NAME]: str(value)[:_LONGEST_VALUE]
        for name, value in settings(spec).items()
    }


def _batches(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[first : first + _BATCH] for first in range(0, len(items), _BATCH)]


def _error() -> type[Exception]:
    return module("mlflow.exceptions").MlflowException


def _refused() -> AbstractContextManager[None]:
    return refused(_error())
