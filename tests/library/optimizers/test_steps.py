from functools import cache

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import TensorType
from tests.library.training import assert_same_training, in_order, train, train_twin
from tests.models import compiled, random_weights

STEPS = 5
LAYERS = [{"dense": {"units": 3, "activation": "tanh"}}, {"dense": 2}]

CASES = [
    pytest.param(kind, arguments, id=f"{kind} {arguments}")
    for kind, arguments in [
        ("sgd", {}),
        ("sgd", {"learning_rate": 0.2}),
        ("sgd", {"learning_rate": 0.1, "momentum": 0.9}),
        ("sgd", {"learning_rate": 0.1, "momentum": 0.7, "nesterov": True}),
        ("sgd", {"learning_rate": 0.1, "momentum": 0.7, "weight_decay": 0.1}),
        ("sgd", {"learning_rate": 0.5, "clipnorm": 0.3}),
        ("sgd", {"learning_rate": 0.5, "global_clipnorm": 0.4}),
        ("sgd", {"learning_rate": 0.5, "clipvalue": 0.1, "weight_decay": 0.05}),
        ("sgd", {"learning_rate": 0.2, "momentum": 0.5, "gradient_accumulation_steps": 2}),
        ("rmsprop", {}),
        ("rmsprop", {"learning_rate": 0.05, "rho": 0.6, "epsilon": 0.01}),
        ("rmsprop", {"learning_rate": 0.02, "momentum": 0.8}),
        ("rmsprop", {"learning_rate": 0.02, "centered": True, "epsilon": 0.001}),
        ("rmsprop", {"learning_rate": 0.02, "centered": True, "momentum": 0.5, "rho": 0.7}),
        ("adam", {}),
        ("adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.1}),
        ("adam", {"learning_rate": 0.1, "amsgrad": True, "beta_2": 0.3}),
        ("adam", {"learning_rate": 0.1, "weight_decay": 0.2, "clipnorm": 0.5}),
        ("adamw", {}),
        ("adamw", {"learning_rate": 0.1, "weight_decay": 0.3, "amsgrad": True}),
    ]
]
TWINS = {
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
}


@cache
def batches():
    rng = np.random.default_rng(3)
    draw = lambda *shape: rng.normal(size=shape).astype("float32")  # noqa: E731
    return [(draw(6, 4), draw(6, 2)) for _ in range(STEPS)]


def model(kind, arguments):
    training = {"loss": "mean_squared_error", "optimizer": {kind: arguments}}
    return compiled(LAYERS, {"x": TensorType((4,))}, training)


def twin():
    layers = [keras.layers.Dense(3, activation="tanh"), keras.layers.Dense(2)]
    return keras.Sequential([keras.Input((4,)), *layers])


def trained(ours, data):
    params, state = random_weights(ours.program, np.random.default_rng(1))
    losses, end, state = train(ours, params, state, data)
    return losses, in_order(end, ours.program.weights), state


@pytest.mark.parametrize(("kind", "arguments"), CASES)
def test_five_steps_are_those_of_keras(kind, arguments):
    ours = model(kind, arguments)
    params, state = random_weights(ours.program, np.random.default_rng(1))
    loss = keras.losses.MeanSquaredError()
    theirs = train_twin(twin(), loss, TWINS[kind](**arguments), params, state, batches())
    assert_same_training(trained(ours, batches()), theirs)


def test_every_optimizer_is_compared_with_keras():
    assert {case.values[0] for case in CASES} == set(entries("optimizer"))


@pytest.mark.parametrize("kind", entries("optimizer"))
def test_two_accumulated_batches_are_a_step_on_both(kind):
    # Keras counts them as two steps in the bias correction of Adam; see `around`.
    (x, y), (x2, y2) = batches()[:2]
    whole = [(np.concatenate([x, x2]), np.concatenate([y, y2]))]
    _, together, _ = trained(model(kind, {"learning_rate": 0.1}), whole * 2)
    arguments = {"learning_rate": 0.1, "gradient_accumulation_steps": 2}
    _, apart, _ = trained(model(kind, arguments), batches()[:2] * 2)
    for scope, names in together.items():
        for name, array in names.items():
            np.testing.assert_allclose(apart[scope][name], array, 1e-4, 1e-5)


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        pytest.param(
            "adam",
            {"clipnorm": 1.0, "clipvalue": 1.0},
            "`clipnorm` and `clipvalue` exclude each other",
            id="two bounds",
        ),
        pytest.param("sgd", {"nesterov": True}, "needs a `momentum`", id="nesterov alone"),
        pytest.param("adam", {"beta_1": 1.0}, "less than 1", id="beta of 1"),
        pytest.param("rmsprop", {"epsilon": 0.0}, "greater than 0", id="no epsilon"),
    ],
)
def test_optimizers_refuse_arguments_that_do_not_fit(kind, arguments, message):
    with pytest.raises(ValidationError, match=message):
        entries("optimizer")[kind].model_validate(arguments)


def test_arguments_by_position_are_those_of_the_optimizer_itself():
    sgd = entries("optimizer")["sgd"](0.1, 0.9, True)
    assert sgd.arguments() == {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}
