"""How models are trained goes to Keras and comes back, and training goes on on the other side."""

from __future__ import annotations

import json
import warnings
import zipfile

import keras
import numpy as np
import pytest
import yaml

import kc
from kc.cli.main import run
from kc.core.registry import entries
from kc.interop.keras.facts import kinds
from kc.interop.keras.optimizer import SLOTS
from kc.interop.keras.training import compile_config, training_of
from kc.schemas.training import Training
from tests.interop.models import imported

SETTINGS = {
    "sgd": {"learning_rate": 0.05, "momentum": 0.9},
    "adam": {"learning_rate": 0.01, "amsgrad": True},
    "rmsprop": {"momentum": 0.5, "centered": True},
    "adamw": {"weight_decay": 0.02},
}
rng = np.random.default_rng(2)
X, Y = rng.normal(size=(48, 6)).astype("float32"), rng.normal(size=(48, 1)).astype("float32")


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def model_of_keras(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    keras.utils.set_random_seed(1)
    x = keras.Input((6,))
    inner = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4), keras.layers.Dense(3)])
    y = keras.layers.Dense(5, activation="tanh")(x)
    y = inner(keras.layers.BatchNormalization()(y))
    model = keras.Model(x, keras.layers.Dense(1)(y))
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def steps(model, first: int, stop: int) -> None:
    for step in range(first, stop):
        model.train_on_batch(X[8 * step : 8 * step + 8], Y[8 * step : 8 * step + 8])


def assert_close(ours: kc.Model, theirs: keras.Model) -> None:
    given, expected = ours.predict(X), theirs.predict(X, verbose=0)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("kind", [
    kind if kind in {"sgd", "adam", "rmsprop"} else pytest.param(kind, marks=pytest.mark.slow)
    for kind in SLOTS
])  # fmt: skip
def test_training_goes_on_where_keras_stopped(kind, suffix, tmp_path):
    cls = getattr(keras.optimizers, kinds_of("optimizer")[kind])
    theirs = model_of_keras(cls(**SETTINGS.get(kind, {})))
    steps(theirs, 0, 3)
    theirs.save(tmp_path / f"m{suffix}")
    assert imported(tmp_path / f"m{suffix}") == 0
    ours = kc.load(tmp_path / "spec.h5")
    assert int(ours.state.step) == 3
    steps(theirs, 3, 6)
    steps(ours, 3, 6)
    assert_close(ours, theirs)


def trained_in_kc(kind, tmp_path) -> kc.Model:
    spec = {
        "kc": 1,
        "model": {"inputs": {"x": [6]}, "layers": [
            {"dense": {"units": 5, "activation": "tanh"}}, "batch_normalization", {"dense": 1},
        ]},
        "training": {"loss": "mean_squared_error", "optimizer": {kind: SETTINGS[kind]},
                     "metrics": ["mean_absolute_error"]},
    }  # fmt: skip
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec))
    ours = kc.load(tmp_path / "spec.yaml")
    steps(ours, 0, 3)
    ours.save(tmp_path / "ours.h5")
    return ours


@pytest.mark.parametrize("kind", ["sgd", "adam", "rmsprop"])
def test_training_goes_on_in_keras_where_kc_stopped(kind, tmp_path):
    ours = trained_in_kc(kind, tmp_path)
    assert run(["export", str(tmp_path / "ours.h5"), "-o", str(tmp_path / "m.keras")]) == 0
    theirs = keras.models.load_model(tmp_path / "m.keras")
    assert int(theirs.optimizer.iterations) == 3
    steps(ours, 3, 6)
    steps(theirs, 3, 6)
    assert_close(ours, theirs)


def test_an_older_file_is_compiled_with_a_fresh_optimizer(tmp_path):
    trained_in_kc("adam", tmp_path)
    file = tmp_path / "m.h5"
    ours = str(tmp_path / "ours.h5")
    assert run(["export", ours, "--format", "keras-h5", "-o", str(file)]) == 0
    theirs = keras.models.load_model(file)
    assert theirs.optimizer.amsgrad
    steps(theirs, 0, 1)


def kinds_of(family: str) -> dict[str, str]:
    return {cls.kind: name for name, cls in kinds(family).items()}


def entry_of(family: str, kind: str) -> object:
    """An entry with what it cannot do without."""
    needed = {"mean_iou": {"num_classes": 2}, "one_hot_mean_iou": {"num_classes": 2},
              "iou": {"num_classes": 2, "target_class_ids": [0]},
              "one_hot_iou": {"num_classes": 2, "target_class_ids": [0]},
              "binary_iou": {"target_class_ids": [0]},
              "precision_at_recall": {"recall": 0.5}, "recall_at_precision": {"precision": 0.5},
              "sensitivity_at_specificity": {"specificity": 0.5},
              "specificity_at_sensitivity": {"sensitivity": 0.5}}  # fmt: skip
    return {kind: needed[kind]} if kind in needed else kind


def tuples(value):
    """A section as Python writes it: with tuples in place of lists."""
    if isinstance(value, dict):
        return {key: tuples(item) for key, item in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list | tuple) else value


def round_trip(training: dict) -> None:
    config = compile_config(Training.model_validate(training))
    # As in a file, and as Keras itself reads and writes it.
    config = json.loads(json.dumps(config))
    optimizer = keras.optimizers.deserialize(config["optimizer"])
    config["optimizer"] = keras.optimizers.serialize(optimizer)
    config["loss"] = keras.losses.serialize(keras.losses.deserialize(config["loss"]))
    config["metrics"] = config["metrics"] and [
        m if isinstance(m, str) else keras.metrics.serialize(keras.metrics.deserialize(m))
        for m in config["metrics"]
    ]
    back = tuples(training_of(config, {"y": "y"}))
    assert Training.model_validate(back) == Training.model_validate(training)


@pytest.mark.parametrize("kind", sorted(kinds_of("optimizer")))
def test_each_optimizer_goes_through_keras(kind):
    round_trip({"loss": "mean_squared_error", "optimizer": kind})


@pytest.mark.parametrize("kind", sorted(kinds_of("loss")))
def test_each_loss_goes_through_keras(kind):
    round_trip({"loss": kind})


@pytest.mark.parametrize("kind", sorted(kinds_of("metric")))
def test_each_metric_goes_through_keras(kind):
    round_trip({"loss": "mean_squared_error", "metrics": (entry_of("metric", kind),)})


@pytest.mark.parametrize("kind", sorted(kinds_of("schedule")))
def test_each_schedule_goes_through_keras(kind):
    arguments = {
        "cosine_decay": {"initial_learning_rate": 0.1, "decay_steps": 5},
        "cosine_decay_restarts": {"initial_learning_rate": 0.1, "first_decay_steps": 5},
        "exponential_decay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
        "inverse_time_decay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
        "piecewise_constant_decay": {"boundaries": [3, 6], "values": [0.3, 0.2, 0.1]},
        "polynomial_decay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    }
    schedule = {kind: arguments[kind]}
    round_trip({"loss": "mean_squared_error", "optimizer": {"sgd": {"learning_rate": schedule}}})


@pytest.mark.parametrize("options", [
    {"clipnorm": 0.5}, {"global_clipnorm": 2.0}, {"clipvalue": 0.1}, {"weight_decay": 0.01},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 10},
    {"gradient_accumulation_steps": 4},
], ids=lambda options: next(iter(options)))  # fmt: skip
def test_each_option_of_an_optimizer_goes_through_keras(options):
    round_trip({"loss": "mean_squared_error", "optimizer": {"adam": options}})


def by_output() -> keras.Model:
    x = keras.Input((4,), name="x")
    classes = keras.layers.Dense(3, activation="softmax", name="classes")(x)
    return keras.Model(x, {"kind": classes, "size": keras.layers.Dense(1)(x)})


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_losses_weights_and_metrics_go_by_output(suffix, tmp_path):
    model = by_output()
    model.compile(
        keras.optimizers.SGD(0.5, nesterov=True, momentum=0.8),
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.25},
        metrics={"kind": ["accuracy"]},
        weighted_metrics={"size": [keras.metrics.MeanAbsoluteError()]},
    )
    model.save(tmp_path / f"m{suffix}")
    assert imported(tmp_path / f"m{suffix}") == 0
    training = yaml.safe_load((tmp_path / "spec.yaml").read_text())["training"]
    assert training == {
        "loss": {"kind": "sparse_categorical_crossentropy", "size": "mean_squared_error"},
        "loss_weights": {"kind": 1.0, "size": 0.25},
        "optimizer": {"sgd": {"learning_rate": 0.5, "momentum": 0.8, "nesterov": True}},
        "metrics": {"kind": ["accuracy"]},
        "weighted_metrics": {"size": ["mean_absolute_error"]},
    }


def test_a_list_of_losses_goes_by_the_order_of_outputs():
    outputs = {"a": "a", "b": "b"}
    compiled = {"loss": ["mse", None], "metrics": [["mae"], []], "loss_weights": None}
    assert training_of(compiled, outputs) == {
        "loss": {"a": "mean_squared_error"}, "metrics": {"a": ["mean_absolute_error"]},
    }  # fmt: skip


def test_what_compile_of_keras_cannot_say_is_left_out_with_a_warning(tmp_path, capsys):
    spec = """kc: 1
model: {inputs: {x: [4]}, layers: [{dense: 2}]}
training:
  loss: mean_squared_error
  optimizer: {adamw: {exclude_from_weight_decay: [bias]}}
"""
    (tmp_path / "spec.yaml").write_text(spec)
    kc.load(tmp_path / "spec.yaml").save(tmp_path / "ours.h5")
    assert run(["export", str(tmp_path / "ours.h5"), "-o", str(tmp_path / "m.keras")]) == 0
    assert "KC907" in capsys.readouterr().err
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        assert "compile_config" not in json.loads(file.read("config.json"))


def test_the_table_of_slots_names_optimizers_of_the_library():
    assert set(SLOTS) <= set(entries("optimizer"))
