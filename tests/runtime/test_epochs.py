"""Epochs of some steps, validation in some epochs, calls that go on: fit's options."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from kc.runtime.runs import RunRecord
from tests.runtime.jobs import MLP, begin, finish, make_plan, model_bytes, resume, write_data
from tests.runtime.test_loop import SPEC, twin
from tests.runtime.test_resume import stop_after

SHORT = MLP.replace(
    "  epochs: 4\n",
    "  epochs: 6\n  steps_per_epoch: 3\n  validation_freq: 2\n  validation_steps: 1\n",
)
STREAMED = SHORT.replace(
    "npz: {path: data.npz, target: y}", "npy: {inputs: x.npy, target: y.npy}"
).replace("  split:", "  stream: true\n  split:")


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 90)
    return (random.normal(size=(90, 5)) + y[:, None]).astype("float32"), y.astype("int32")


def write(folder) -> None:
    write_data(folder)
    arrays = np.load(folder / "data.npz")
    np.save(folder / "x.npy", arrays["x"])
    np.save(folder / "y.npy", arrays["y"])


def lines(run) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("spec", [SHORT, STREAMED], ids=["memory", "stream"])
def test_a_resumed_run_of_short_epochs_is_byte_identical(tmp_path, spec):
    write(tmp_path)
    finish(begin(spec, tmp_path, "whole"))
    stop_after(begin(spec, tmp_path, "cut"), 5)
    stop_after(resume(spec, tmp_path, "cut")[0], 4)
    finish(resume(spec, tmp_path, "cut")[0])
    assert model_bytes(tmp_path / "cut") == model_bytes(tmp_path / "whole")
    epochs = lines(tmp_path / "whole")
    assert [epoch["step"] for epoch in epochs] == [3, 6, 9, 12, 15, 18]
    assert ["val_loss" in epoch for epoch in epochs] == [False, True] * 3


def test_short_epochs_take_the_same_batches_as_whole_ones(tmp_path):
    write_data(tmp_path)
    whole = ["training.epochs=3", "training.steps_per_epoch=null", "training.validation_freq=1"]
    finish(begin(SHORT.replace("early_stopping", "reduce_lr_on_plateau").replace(
        ", restore_best_weights: true", ""), tmp_path, "whole", [*whole]))  # fmt: skip
    finish(begin(SHORT.replace("early_stopping", "reduce_lr_on_plateau").replace(
        ", restore_best_weights: true", ""), tmp_path, "short",
        ["training.epochs=7", "training.validation_freq=7"]))  # fmt: skip
    arrays = [
        {name: value for name, value in model_bytes(tmp_path / run).items() if "params" in name}
        for run in ("whole", "short")
    ]
    assert arrays[0]
    assert arrays[0] == arrays[1]


def test_an_epoch_may_be_longer_than_the_data(model, data):
    x, y = data
    found = model.fit(x[:32], y[:32], steps_per_epoch=5, verbose=0)
    assert found.epoch == [1]
    assert int(model.state.step) == 5


def test_epochs_of_some_steps_equal_those_of_keras(model, data):
    net = twin(model)
    common = {"epochs": 3, "steps_per_epoch": 2, "verbose": 0}
    wanted = net.fit(*data, batch_size=16, shuffle=False, **common)
    found = model.fit(*data, **common)
    np.testing.assert_allclose(found.history["loss"], wanted.history["loss"], rtol=1e-4)


@pytest.mark.parametrize("freq", [2, [1, 4]])
def test_validation_comes_in_the_epochs_of_keras(model, data, freq):
    x, y = data
    net = twin(model)
    common = {
        "epochs": 5,
        "validation_data": (x[64:], y[64:]),
        "validation_freq": freq,
        "validation_batch_size": 10,
        "verbose": 0,
    }
    wanted = net.fit(x[:64], y[:64], batch_size=16, shuffle=False, **common)
    found = model.fit(x[:64], y[:64], **common)
    assert set(found.history) == set(wanted.history)
    for name, values in wanted.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-4, err_msg=name)


def test_callbacks_skip_epochs_without_validation(model, data):
    x, y = data
    callbacks = [
        kc.callbacks.EarlyStopping(patience=1, min_delta=10.0),
        kc.callbacks.ReduceLROnPlateau(patience=1, min_delta=10.0, factor=0.5),
    ]
    found = model.fit(
        x, y, epochs=9, validation_split=0.2, validation_freq=3, callbacks=callbacks, verbose=0
    )
    # The third epoch sets the best value, the sixth is no better.
    assert found.epoch == [1, 2, 3, 4, 5, 6]
    assert found.history["learning_rate"] == pytest.approx([0.02] * 6)
    assert len(found.history["val_loss"]) == 2


def test_a_monitor_that_no_epoch_logs_is_still_an_error(model, data):
    callbacks = [kc.callbacks.EarlyStopping(monitor="val_los")]
    with pytest.raises(CompileError, match="no epoch logs `val_los`"):
        model.fit(*data, validation_split=0.2, callbacks=callbacks, verbose=0)


def test_validation_takes_the_first_batches(model, data):
    x, y = data
    found = model.fit(x, y, epochs=2, validation_data=(x, y), validation_steps=2, verbose=0)
    wanted = model.evaluate(x[:32], y[:32])["loss"]
    assert found.history["val_loss"][-1] == pytest.approx(wanted, rel=1e-5)
    assert model.evaluate(x, y, steps=2)["loss"] == pytest.approx(wanted, rel=1e-5)


def test_a_second_call_goes_on_as_if_training_had_never_stopped(tmp_path, data):
    (tmp_path / "spec.yaml").write_text(SPEC.replace("shuffle: false", "shuffle: true"))
    whole, cut = (kc.load(tmp_path / "spec.yaml") for _ in range(2))
    whole.fit(*data, epochs=4, verbose=0)
    cut.fit(*data, epochs=3, verbose=0)
    assert cut.fit(*data, epochs=4, initial_epoch=3, verbose=0).epoch == [4]
    for scope, arrays in whole.weights.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(cut.weights[scope][name], array)


def test_the_last_value_of_a_log_may_be_of_an_earlier_epoch():
    history = [{"epoch": 1, "step": 2, "val_loss": 3.0}, {"epoch": 2, "step": 4, "loss": 2.0}]
    assert RunRecord(Path("run"), "finished", history=history).last == {
        "val_loss": 3.0,
        "loss": 2.0,
    }


def test_the_number_of_steps_is_known_before_a_run(tmp_path):
    from kc.runtime.data.job import examples, steps_of_run

    write_data(tmp_path)
    plan = make_plan(SHORT)
    assert steps_of_run(plan, examples(plan, tmp_path)) == 18


@pytest.mark.parametrize(
    ("verbose", "lines"), [(0, 0), (False, 0), (1, 2), (True, 2), ("auto", 2), (2, 2)]
)
def test_verbose_is_what_keras_takes(model, data, capsys, verbose, lines):
    model.fit(*data, epochs=2, verbose=verbose)
    assert len(capsys.readouterr().out.splitlines()) == lines


def test_functions_are_callbacks(model, data):
    seen: list[str] = []

    def watch(event, control) -> None:
        seen.append(type(event).__name__)
        if isinstance(event, kc.events.EpochEnd) and event.epoch == 2:
            control.stop("enough")

    found = model.fit(*data, epochs=5, callbacks=[watch], verbose=0)
    assert found.epoch == [1, 2]
    assert found.stopped == "enough"
    assert list(dict.fromkeys(seen))[:4] == ["TrainBegin", "StepsEnd", "EpochEnd", "TrainEnd"]


def test_a_function_that_fails_is_named(model, data):
    def watch(event, control) -> None:
        raise ValueError("no")

    with pytest.raises(CompileError, match="the callback function failed: ValueError: no"):
        model.fit(*data, callbacks=[watch], verbose=0)
    with pytest.raises(TypeError, match="is no callback"):
        model.fit(*data, callbacks=["early_stopping"], verbose=0)


def test_classes_of_the_library_are_found_without_jax(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys, kc; kc.callbacks.EarlyStopping(patience=2); kc.sources.Npz; kc.losses.Huber; "
        "assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="did you mean `EarlyStopping`"):
        kc.callbacks.EarlyStoping  # noqa: B018
