"""Runs in MLflow and Weights & Biases, kept in files; nothing is sent."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kc.core.events import EpochEnd, RunEnd, TrainBegin
from kc.library.callback import CallbackError
from kc.library.callbacks.mlflow import MLflow
from kc.library.callbacks.wandb import WandB
from kc.library.tracking import settings
from tests.library.callbacks.drive import Run, drive

SPEC = {"model": {"layers": ["flatten", {"dense": {"units": 4}}]}, "training": {"loss": "mse"}}
LOGS = [{"loss": 1 / n} for n in range(1, 5)]


def test_settings_are_named_by_their_paths():
    assert settings(SPEC) == {
        "model.layers.0": "flatten",
        "model.layers.1.dense.units": 4,
        "training.loss": "mse",
    }


@pytest.mark.parametrize("callback", [MLflow(), WandB()])
def test_a_package_that_is_missing_is_told_before_the_run(callback, monkeypatch):
    monkeypatch.setattr("kc.library.tracking.find_spec", lambda name: None)
    with pytest.raises(CallbackError) as error:
        callback.require()
    assert error.value.help == f"pip install 'kc-compiler[{callback.package}]'"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store of MLflow with its tables; making them takes seconds."""
    pytest.importorskip("mlflow", reason="mlflow is not installed")
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def mlflow(store, monkeypatch):
    from mlflow import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    return MlflowClient(f"sqlite:///{store / 'mlflow.db'}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_run_in_mlflow_has_settings_logs_and_files(store, mlflow):
    model = store / "model.h5"
    model.write_bytes(b"weights")
    callback = MLflow(experiment="digits", run_name="first")
    control = Run(folder=store, spec=SPEC, epochs=4)
    watcher = callback.watch()
    watcher.on(TrainBegin(1, 4, 1, 8), control)
    show(watcher, control, LOGS)
    watcher.on(RunEnd((model,), {"accuracy": 0.75}), control)
    assert control.notices == []
    run = mlflow.get_run(watcher.state()["run"])
    assert run.info.run_name == "first"
    assert run.info.status == "FINISHED"
    assert run.data.params == {name: str(value) for name, value in settings(SPEC).items()}
    assert run.data.metrics == {"loss": 0.25, "test_accuracy": 0.75}
    assert mlflow.get_experiment(run.info.experiment_id).name == "digits"
    assert list((store / "mlflow").rglob("model.h5"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_resumed_run_goes_on_with_its_run_in_mlflow_and_shows_no_epoch_twice(store, mlflow):
    first, second = MLflow().watch(), MLflow().watch()
    control = Run(folder=store, spec=SPEC, epochs=4)
    first.on(TrainBegin(1, 4, 1, 8), control)
    show(first, control, LOGS[:2])
    kept = first.state()
    show(first, control, LOGS[2:3], 3)  # a crash loses this epoch
    second.restore(kept)
    second.on(TrainBegin(3, 4, 1, 8), control)
    show(second, control, LOGS[2:], 3)
    assert second.state() == kept
    history = mlflow.get_metric_history(kept["run"], "loss")
    assert [(metric.step, metric.value) for metric in history] == [
        (n, log["loss"]) for n, log in enumerate(LOGS, 1)
    ]


def show(watcher, control, logs, first=1):
    for number, epoch in enumerate(logs, first):
        watcher.on(EpochEnd(number, number, epoch, 1.0, 8.0), control)


def test_a_store_that_refuses_ends_no_run(store, mlflow, monkeypatch):
    from mlflow.exceptions import MlflowException

    def refuse(*_, **__):
        raise MlflowException("the disk is full\nand more")

    monkeypatch.setattr("mlflow.MlflowClient.log_batch", refuse)
    control = drive(MLflow(), LOGS, folder=store, spec={})
    (notice,) = control.notices
    assert notice.code.id == "KC553"
    assert notice.message == "mlflow lost a part of the run: the disk is full"


def test_a_run_for_wandb_lies_in_the_folder(tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason="wandb is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    model = tmp_path / "model.h5"
    model.write_bytes(b"weights")
    control = Run(folder=tmp_path, spec=SPEC, epochs=4)
    watcher = WandB().watch()
    watcher.on(TrainBegin(1, 4, 1, 8), control)
    show(watcher, control, LOGS)
    watcher.on(RunEnd((model,), {"accuracy": 0.75}), control)
    assert control.notices == []
    (folder,) = (tmp_path / "wandb").glob(f"offline-run-*-{watcher.state()['run']}")
    assert (folder / f"run-{watcher.state()['run']}.wandb").stat().st_size > 0
    assert (folder / "files/model.h5").read_bytes() == b"weights"


def test_a_run_for_wandb_its_name_when_resumed(tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb", reason="wandb is not installed")
    begun, logged = [], []

    def init(**given):
        begun.append(given)
        run = SimpleNamespace(summary={}, save=lambda *_, **__: None)
        run.log = lambda logs, step: logged.append((step, logs["loss"]))
        run.finish = lambda exit_code: logged.append(exit_code)
        return run

    monkeypatch.setattr(wandb, "init", init)
    drive(WandB(project="digits"), LOGS, cut=2, folder=tmp_path, spec=SPEC)
    first, second = begun
    assert first["id"] == second["id"]
    assert (first["mode"], first["dir"], first["config"]) == ("offline", str(tmp_path), SPEC)
    assert logged == [(n, log["loss"]) for n, log in enumerate(LOGS, 1)]
