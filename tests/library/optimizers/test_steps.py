from functools import cache

import jax
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.compiler.lower import bind
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
        ("adam", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}),
        ("adadelta", {}),
        ("adadelta", {"learning_rate": 1.0, "rho": 0.6, "epsilon": 0.001}),
        ("adagrad", {}),
        ("adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 0.1}),
        ("adamax", {}),
        ("adamax", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.4, "epsilon": 0.1}),
        ("nadam", {}),
        ("nadam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.1}),
        ("nadam", {"learning_rate": 0.1, "gradient_accumulation_steps": 2}),
        ("lamb", {}),
        ("lamb", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.1}),
        ("lamb", {"learning_rate": 0.1, "weight_decay": 0.3}),
        ("lion", {}),
        ("lion", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.6, "weight_decay": 0.3}),
        ("ftrl", {}),
        ("ftrl", {"learning_rate": 0.5, "learning_rate_power": -0.7, "beta": 0.3}),
        (
            "ftrl",
            {
                "learning_rate": 0.5,
                "initial_accumulator_value": 0.3,
                "l1_regularization_strength": 0.4,
                "l2_regularization_strength": 0.2,
                "l2_shrinkage_regularization_strength": 0.1,
                "weight_decay": 0.1,
            },
        ),
        ("adafactor", {}),
        ("adafactor", {"learning_rate": 0.5, "relative_step": False, "clip_threshold": 0.3}),
        ("adafactor", {"learning_rate": 0.7, "beta_2_decay": -0.5, "epsilon_2": 0.9}),
        ("adafactor", {"learning_rate": 0.3, "epsilon_1": 0.1, "weight_decay": 0.3}),
        ("schedule_free_adamw", {}),
        ("schedule_free_adamw", {"learning_rate": 0.1, "beta_1": 0.6, "warmup_steps": 3}),
        ("schedule_free_adamw", {"learning_rate": 0.1, "beta_2": 0.5, "weight_decay": 0.3}),
        ("muon", {}),
        ("muon", {"learning_rate": 0.1, "adam_lr_ratio": 0.3, "adam_beta_1": 0.5}),
        ("muon", {"learning_rate": 0.1, "nesterov": False, "rms_rate": None, "ns_steps": 2}),
        ("muon", {"learning_rate": 0.1, "adam_weight_decay": None, "weight_decay": 0.5}),
        ("muon", {"learning_rate": 0.1, "exclude_layers": ["dense_1"], "momentum": 0.5}),
        ("sgd", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.7}),
        (
            "adam",
            {
                "learning_rate": 0.1,
                "use_ema": True,
                "ema_momentum": 0.6,
                "ema_overwrite_frequency": 2,
            },
        ),
        (
            "sgd",
            {
                "learning_rate": 0.1,
                "use_ema": True,
                "ema_momentum": 0.6,
                "ema_overwrite_frequency": 2,
                "gradient_accumulation_steps": 2,
            },
        ),
    ]
] + [
    pytest.param(kind, {"learning_rate": 0.05, **common}, id=f"{kind} {common}")
    for kinds, common in (
        (("adadelta", "ftrl", "muon"), {"weight_decay": 0.2, "clipnorm": 0.3}),
        (("adagrad", "lamb"), {"global_clipnorm": 0.4, "use_ema": True, "ema_momentum": 0.5}),
        (("adamax", "adafactor"), {"clipvalue": 0.1, "gradient_accumulation_steps": 2}),
    )
    for kind in kinds
]
TWINS = {
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "adadelta": keras.optimizers.Adadelta,
    "adafactor": keras.optimizers.Adafactor,
    "adagrad": keras.optimizers.Adagrad,
    "adamax": keras.optimizers.Adamax,
    "ftrl": keras.optimizers.Ftrl,
    "lamb": keras.optimizers.Lamb,
    "lion": keras.optimizers.Lion,
    "muon": keras.optimizers.Muon,
    "nadam": keras.optimizers.Nadam,
    "schedule_free_adamw": keras.optimizers.ScheduleFreeAdamW,
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
    layers = [
        keras.layers.Dense(3, activation="tanh", name="dense"),
        keras.layers.Dense(2, name="dense_1"),
    ]
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


def test_weights_do_not_decay_where_they_are_excluded():
    arguments = {"learning_rate": 0.1, "weight_decay": 0.5}
    ours = model("sgd", {**arguments, "exclude_from_weight_decay": ["bias"]})
    params, state = random_weights(ours.program, np.random.default_rng(1))
    sgd = keras.optimizers.SGD(**arguments)
    sgd.exclude_from_weight_decay(var_names=["bias"])
    loss = keras.losses.MeanSquaredError()
    theirs = train_twin(twin(), loss, sgd, params, state, batches())
    assert_same_training(trained(ours, batches()), theirs)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        pytest.param(["kernel"], ["dense/kernel", "dense_1/kernel"], id="name"),
        pytest.param(["dense"], [], id="no layer"),
        pytest.param(["dense_1/"], ["dense_1/bias", "dense_1/kernel"], id="layer"),
        pytest.param(["dense/bias", "_1/k"], ["dense/bias", "dense_1/kernel"], id="paths"),
    ],
)
def test_words_name_the_weights_that_do_not_decay(words, kept):
    arguments = {"learning_rate": 0.1, "weight_decay": 0.5, "exclude_from_weight_decay": words}
    training = model("sgd", arguments).training
    params, _ = random_weights(training.model, np.random.default_rng(1))
    memory = bind.optimizer(training).init(params)
    still, _ = bind.update(training, jax.tree.map(np.zeros_like, params), memory, params)
    found = [
        f"{scope}/{name}"
        for scope, weights in sorted(params.items())
        for name in sorted(weights)
        if np.array_equal(still[scope][name], params[scope][name])
    ]
    assert found == kept


def test_every_optimizer_is_compared_with_keras():
    assert {case.values[0] for case in CASES} == set(entries("optimizer"))


@pytest.mark.parametrize("kind", entries("optimizer"))
def test_two_accumulated_batches_are_a_step_on_both(kind):
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
        pytest.param("sgd", {"ema_momentum": 0.5}, "needs `use_ema: true`", id="ema alone"),
        pytest.param(
            "sgd", {"exclude_from_weight_decay": ("bias",)}, "needs a `weight_decay`", id="exclude"
        ),
        pytest.param("sgd", {"learning_rate": -1.0}, "greater than or equal to 0", id="negative"),
        pytest.param("sgd", {"learning_rate": "cosine"}, "no schedule `cosine`", id="schedule"),
    ],
)
def test_optimizers_refuse_arguments_that_do_not_fit(kind, arguments, message):
    with pytest.raises(ValidationError, match=message):
        entries("optimizer")[kind].model_validate(arguments)


def test_arguments_by_position_are_those_of_the_optimizer_itself():
    sgd = entries("optimizer")["sgd"](0.1, 0.9, True)
    assert sgd.arguments() == {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}
