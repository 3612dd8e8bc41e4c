"""The training loop against Keras, and its promises about batches, events and compiling."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from kc.core.events import EpochEnd, RunEnd, StepsEnd, TrainBegin, TrainEnd
from kc.core.registry import entries
from kc.library.callback import Callback, StatelessWatcher
from kc.library.callbacks.early_stopping import EarlyStopping

SPEC = """
kc: 1
model:
  inputs: {x: [5]}
  layers:
    - {dense: {units: 8, activation: tanh}, name: hidden}
    - {dense: {units: 3, activation: softmax}, name: out}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.02}}
  metrics: [accuracy]
  batch_size: 16
  shuffle: false
"""


@pytest.fixture
def model(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    return kc.load(tmp_path / "spec.yaml")


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 90)
    return (random.normal(size=(90, 5)) + y[:, None]).astype("float32"), y.astype("int32")


def twin(model) -> keras.Model:
    """The same model in Keras with the same weights."""
    net = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(3, "softmax")]
    )
    weights = model.weights
    net.set_weights([weights[n][w] for n in ("hidden", "out") for w in ("kernel", "bias")])
    net.compile(
        keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return net


def test_history_equals_that_of_keras(model, data):
    net = twin(model)
    wanted = net.fit(*data, batch_size=16, epochs=3, shuffle=False, validation_split=0.2, verbose=0)
    found = model.fit(*data, epochs=3, validation_split=0.2, verbose=False)
    assert set(found.history) == set(wanted.history)
    for name, values in wanted.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-4, err_msg=name)
    for kept, array in zip(("kernel", "bias"), net.layers[-1].get_weights(), strict=True):
        np.testing.assert_allclose(model.weights["out"][kept], array, rtol=1e-3, atol=1e-5)


def test_early_stopping_stops_and_restores_where_keras_does(model, data):
    settings = {
        "monitor": "val_loss",
        "patience": 1,
        "min_delta": 0.05,
        "restore_best_weights": True,
    }
    net = twin(model)
    wanted = net.fit(
        *data, batch_size=16, epochs=30, shuffle=False, validation_split=0.2, verbose=0,
        callbacks=[keras.callbacks.EarlyStopping(**settings)],
    )  # fmt: skip
    found = model.fit(
        *data, epochs=30, validation_split=0.2, verbose=False, callbacks=[EarlyStopping(**settings)]
    )
    assert found.epoch == [n + 1 for n in wanted.epoch]
    assert found.stopped is not None
    np.testing.assert_allclose(
        model.weights["out"]["kernel"], net.layers[-1].get_weights()[0], rtol=1e-3, atol=1e-5
    )


def test_a_ragged_last_batch_compiles_nothing_more(model, data):
    x, y = data
    model.fit(x[:64], y[:64], verbose=False)
    with jax.log_compiles(False), count_compiles() as compiles:
        model.fit(x[:64], y[:64], verbose=False, epochs=3)
    assert compiles == []


class count_compiles:  # noqa: N801
    """Names of the programs that are compiled inside of it."""

    def __enter__(self) -> list[str]:
        self.found: list[str] = []
        jax.monitoring.register_event_duration_secs_listener(self._listen)
        return self.found

    def _listen(self, event: str, duration: float, **_: object) -> None:
        if event.endswith("backend_compile_duration"):
            self.found.append(event)

    def __exit__(self, *_: object) -> None:
        jax.monitoring.unregister_event_duration_listener(self._listen)


def test_padding_never_changes_a_result(model, data):
    x, y = data
    whole = model.evaluate(x, y, batch_size=90)
    ragged = model.evaluate(x, y, batch_size=64)
    assert whole == pytest.approx(ragged, rel=1e-5)
    np.testing.assert_allclose(
        model.predict(x, batch_size=64), model.predict(x, batch_size=90), rtol=1e-5
    )


@pytest.fixture
def recorder():
    """A callback that keeps all events, and the list that it keeps them in."""
    seen: list[object] = []

    class Watcher(StatelessWatcher):
        def on(self, event, control):
            seen.append(event)

    class Recorder(Callback, kind="recorder"):
        def watch(self):
            return Watcher()

    yield Recorder(), seen
    del entries("callback")["recorder"]


def test_events_come_in_order(model, data, recorder):
    callback, seen = recorder
    model.fit(*data, epochs=2, verbose=False, callbacks=[callback])
    kinds = [type(event) for event in seen]
    assert kinds[0] is TrainBegin
    assert kinds[-2:] == [TrainEnd, RunEnd]
    assert kinds.count(EpochEnd) == 2
    assert seen[-2].step == 12
    steps = [event.step for event in seen if isinstance(event, StepsEnd)]
    assert steps == sorted(steps)
    assert {6, 12} <= set(steps)


def test_a_callback_that_fails_is_named(model, data):
    class Watcher(StatelessWatcher):
        def on(self, event, control):
            raise KeyError("lost")

    class Broken(Callback, kind="broken"):
        def watch(self):
            return Watcher()

    del entries("callback")["broken"]
    with pytest.raises(CompileError, match=r"KC516.*broken failed: KeyError: 'lost'"):
        model.fit(*data, verbose=False, callbacks=[Broken()])


def test_the_order_of_examples_follows_from_seed_and_epoch_alone(tmp_path, data):
    (tmp_path / "spec.yaml").write_text(SPEC.replace("shuffle: false", "seed: 5"))
    first, second = kc.load(tmp_path / "spec.yaml"), kc.load(tmp_path / "spec.yaml")
    first.fit(*data, epochs=2, verbose=False)
    second.fit(*data, epochs=1, verbose=False)
    second.fit(*data, epochs=1, verbose=False)
    np.testing.assert_array_equal(first.weights["out"]["kernel"], second.weights["out"]["kernel"])
