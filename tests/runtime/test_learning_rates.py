"""Learning rates that callbacks set, averages that they show, in real runs."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import kc
from kc.core.diagnostic import CompileError
from kc.library.callbacks.early_stopping import EarlyStopping
from kc.library.callbacks.learning_rate_scheduler import LearningRateScheduler
from kc.library.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from kc.library.callbacks.swap_ema_weights import SwapEMAWeights
from tests.runtime.test_loop import count_compiles

SPEC = """
kc: 1
model:
  inputs: {x: [5]}
  layers:
    - {dense: {units: 8, activation: tanh}, name: body}
    - {dense: {units: 1}, name: head}
training:
  loss: mean_squared_error
  optimizer: OPTIMIZER
  batch_size: 16
  shuffle: false
"""
PLAIN = "{sgd: {learning_rate: 0.05, momentum: 0.9}}"
AVERAGED = "{sgd: {learning_rate: 0.05, use_ema: true, ema_momentum: 0.9}}"


@pytest.fixture(scope="module")
def data():
    x = np.random.default_rng(0).normal(size=(80, 5)).astype("float32")
    return x, np.sin(x.sum(1, keepdims=True))


def load(tmp_path, optimizer=PLAIN, more=""):
    (tmp_path / "spec.yaml").write_text(SPEC.replace("OPTIMIZER", optimizer) + more)
    return kc.load(tmp_path / "spec.yaml")


def twin(model, optimizer) -> keras.Model:
    """The same model in Keras with the same weights."""
    net = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)]
    )
    net.set_weights([model.weights[n][w] for n in ("body", "head") for w in ("kernel", "bias")])
    net.compile(optimizer, "mean_squared_error")
    return net


def compare(model, ours, net, theirs, data, epochs=6):
    """Train both; the histories and the weights at the end."""
    settings = {"epochs": epochs, "validation_split": 0.2}
    found = model.fit(*data, **settings, verbose=False, callbacks=ours)
    wanted = net.fit(*data, **settings, batch_size=16, shuffle=False, verbose=0, callbacks=theirs)
    assert set(found.history) == set(wanted.history)
    for name, values in wanted.history.items():
        np.testing.assert_allclose(found.history[name], values, rtol=1e-4, err_msg=name)
    np.testing.assert_allclose(
        model.weights["head"]["kernel"], net.layers[-1].get_weights()[0], rtol=1e-3, atol=1e-5
    )


def test_a_run_with_rates_that_change_is_that_of_keras(tmp_path, data):
    settings = {"monitor": "val_loss", "factor": 0.5, "patience": 1, "min_delta": 0.1}
    model = load(tmp_path)
    compare(
        model,
        [ReduceLROnPlateau(**settings)],
        twin(model, keras.optimizers.SGD(0.05, momentum=0.9)),
        [keras.callbacks.ReduceLROnPlateau(**settings)],
        data,
    )


def test_a_run_on_a_schedule_of_epochs_is_that_of_keras(tmp_path, data):
    def fall(epoch, rate):
        return rate if epoch < 2 else rate * 0.7

    model = load(tmp_path)
    net = twin(model, keras.optimizers.SGD(0.05, momentum=0.9))
    theirs = [keras.callbacks.LearningRateScheduler(fall)]
    compare(model, [LearningRateScheduler(fall)], net, theirs, data)


def test_validation_and_best_weights_are_averages_as_in_keras(tmp_path, data):
    model = load(tmp_path, AVERAGED)
    compare(
        model,
        [SwapEMAWeights(), EarlyStopping(restore_best_weights=True, patience=9)],
        twin(model, keras.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.9)),
        [keras.callbacks.SwapEMAWeights()],
        data,
    )


def test_a_changed_rate_compiles_nothing(tmp_path, data):
    model = load(tmp_path)
    rates = [LearningRateScheduler([0.1, 0.05, 0.01])]
    model.fit(*data, epochs=1, verbose=False, callbacks=rates)
    with count_compiles() as compiles:
        model.fit(*data, epochs=3, verbose=False, callbacks=rates)
    assert compiles == []


def test_steps_are_done_again_with_the_rates_that_they_had(tmp_path, data):
    """A value that overflows is looked for from the last anchor on."""
    (tmp_path / "spec.yaml").write_text(
        SPEC.replace("OPTIMIZER", "{sgd: {learning_rate: 1e-4}}").replace("tanh", "exponential")
    )
    overflown = r"KC501.*\(epoch 3, step [2-4]\): exponential made"
    rates = [LearningRateScheduler([1e-4, 2e-4, 1e4])]
    with pytest.raises(CompileError, match=overflown):
        kc.load(tmp_path / "spec.yaml").fit(*data, epochs=9, verbose=False, callbacks=rates)


def test_factors_and_names_choose_among_several_optimizers(tmp_path, data):
    groups = "  groups: {head: {layers: [head], optimizer: {adam: {learning_rate: 0.5}}}}\n"
    found = load(tmp_path, more=groups).fit(
        *data,
        epochs=3,
        verbose=False,
        callbacks=[
            LearningRateScheduler({1: 1.0, 2: 0.5}, relative=True),
            ReduceLROnPlateau("loss", patience=0, min_delta=9, optimizer="head"),
        ],
    )
    np.testing.assert_allclose(found.history["learning_rate_main"], [0.05, 0.025, 0.025])
    np.testing.assert_allclose(found.history["learning_rate_head"], [0.5, 0.25, 0.25])


@pytest.mark.parametrize(
    ("optimizer", "callback", "code"),
    [
        pytest.param(
            "{sgd: {learning_rate: {cosine_decay: {initial_learning_rate: 0.1, decay_steps: 9}}}}",
            ReduceLROnPlateau("loss"),
            "KC550",
            id="a schedule",
        ),
        pytest.param(PLAIN, ReduceLROnPlateau("loss", optimizer="mian"), "KC551", id="a name"),
        pytest.param(PLAIN, SwapEMAWeights(), "KC552", id="no averages"),
    ],
)
def test_callbacks_that_fit_gets_are_checked_first(tmp_path, data, optimizer, callback, code):
    model = load(tmp_path, optimizer)
    with pytest.raises(CompileError) as error:
        model.fit(*data, verbose=False, callbacks=[callback])
    assert [found.code.id for found in error.value.report] == [code]
