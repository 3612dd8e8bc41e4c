"""Averages of weights over whole runs."""

import keras
import numpy as np
import pytest
import yaml

import kc
from tests.emit.same import assert_same_training, generated
from tests.models import compiled_text

EMA = {"use_ema": True, "ema_momentum": 0.6}
SPEC = {
    "kc": 1,
    "model": {"inputs": {"x": [3]}, "layers": [{"dense": 2, "name": "y"}]},
    "training": {
        "loss": "mean_squared_error",
        "batch_size": 4,
        "epochs": 2,
        "shuffle": False,
        "optimizer": {"sgd": {"learning_rate": 0.1, **EMA}},
    },
}


def spec(**sgd):
    optimizer = {"sgd": {"learning_rate": 0.1, **EMA, **sgd}}
    return yaml.safe_dump({**SPEC, "training": {**SPEC["training"], "optimizer": optimizer}})


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return tuple(rng.normal(size=(10, n)).astype("float32") for n in (3, 2))


@pytest.mark.parametrize("sgd", [{}, {"ema_overwrite_frequency": 2}], ids=str)
def test_training_ends_with_the_averages_of_keras(tmp_path, data, sgd):
    (tmp_path / "spec.yaml").write_text(spec(**sgd))
    ours = kc.load(tmp_path / "spec.yaml")
    twin = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    first = ours.state.params["y"]
    twin.layers[0].set_weights([np.asarray(first["kernel"]), np.asarray(first["bias"])])
    twin.compile(keras.optimizers.SGD(0.1, **EMA, **sgd), "mean_squared_error")
    # The second run goes on from the averages.
    for _ in range(2):
        history = ours.fit(*data, verbose=False).history
        expected = twin.fit(*data, epochs=2, batch_size=4, shuffle=False, verbose=0).history
        np.testing.assert_allclose(history["loss"], expected["loss"], 1e-4)
        for name, array in zip(("kernel", "bias"), twin.layers[0].get_weights(), strict=True):
            np.testing.assert_allclose(ours.state.params["y"][name], array, 1e-4, 1e-6)
        # Without fresh arrays the second `fit` of Keras 3.15 donates its averages twice and fails.
        twin.layers[0].set_weights([np.array(w) for w in twin.layers[0].get_weights()])


def test_no_training_leaves_the_weights_alone(tmp_path, data):
    (tmp_path / "spec.yaml").write_text(spec())
    model = kc.load(tmp_path / "spec.yaml")
    before = np.asarray(model.state.params["y"]["kernel"])
    model.fit(*data, epochs=0, verbose=False)
    np.testing.assert_array_equal(model.state.params["y"]["kernel"], before)


def test_generated_code_ends_with_the_averages(tmp_path, data):
    compiled = compiled_text(spec(ema_overwrite_frequency=3))
    assert_same_training(compiled)
    (tmp_path / "spec.yaml").write_text(spec())
    model = kc.load(tmp_path / "spec.yaml")
    params, _ = generated(compiled_text(spec()))["train"]({"x": data[0]}, {"y": data[1]})
    model.fit(*data, verbose=False)
    for name, array in params["y"].items():
        np.testing.assert_allclose(model.state.params["y"][name], array, 1e-4, 1e-6)
