from functools import cache

import jax
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.compiler.lower import update
from kc.core.registry import entries
from kc.core.types import TensorType
from tests.library.optimizers import options
from tests.library.training import assert_same_training, in_order, train, train_twin
from tests.models import compiled, random_weights

STEPS = 5
LAYERS = [
    {"conv1d": {"filters": 3, "kernel_size": 2, "activation": "tanh"}, "name": "conv"},
    "flatten",
    {"dense": {"units": 3, "activation": "tanh"}, "name": "hidden"},
    {"dense": 2, "name": "Embedding_out"},
]
SHAPE = (4, 2)
SAMPLE = {
    ("sgd", "momentum"),
    ("sgd", "exclude_from_weight_decay"),
    ("sgd", "ema_overwrite_frequency"),
    ("adam", "amsgrad"),
    ("adam", "learning_rate"),
    ("adam", "all"),
    ("muon", "all"),
}
"""What the tests that always run look at."""


def cases(arguments_of):
    """A parameter for each optimizer and each of its cases."""
    return [
        pytest.param(
            *(kind, name, arguments),
            id=f"{kind} {name}",
            marks=[] if (kind, name) in SAMPLE else [pytest.mark.slow],
        )
        for kind in entries("optimizer")
        for name, arguments in arguments_of(kind).items()
    ]


@cache
def batches():
    rng = np.random.default_rng(3)
    draw = lambda *shape: rng.normal(size=shape).astype("float32")  # noqa: E731
    return [(draw(6, *SHAPE), draw(6, 2)) for _ in range(STEPS)]


def model(kind, arguments):
    training = {"loss": "mean_squared_error", "optimizer": {kind: arguments}}
    return compiled(LAYERS, {"x": TensorType(SHAPE)}, training)


def twin():
    layers = [
        keras.layers.Conv1D(3, 2, activation="tanh", name="conv"),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="tanh", name="hidden"),
        keras.layers.Dense(2, name="Embedding_out"),
    ]
    return keras.Sequential([keras.Input(SHAPE), *layers])


def trained(ours, data):
    params, state = random_weights(ours.program, np.random.default_rng(1))
    losses, end, state = train(ours, params, state, data)
    return losses, in_order(end, ours.program.weights), state


@cache
def without(kind, **arguments):
    """Weights after the steps without an option."""
    return trained(model(kind, arguments), batches())[1]


def assert_steps_of_keras(kind, arguments):
    ours = model(kind, arguments)
    params, state = random_weights(ours.program, np.random.default_rng(1))
    loss, optimizer = keras.losses.MeanSquaredError(), options.twin_of(kind, arguments)
    found = trained(ours, batches())
    assert_same_training(found, train_twin(twin(), loss, optimizer, params, state, batches()))
    return found[1]


@pytest.mark.parametrize(("kind", "option", "arguments"), cases(options.options))
def test_an_option_makes_the_steps_of_keras(kind, option, arguments):
    rate = {} if option == "learning_rate" else {"learning_rate": options.RATES[kind]}
    end = assert_steps_of_keras(kind, {**rate, **arguments})
    needs = {name: value for name, value in arguments.items() if name != option}
    before = without(kind, **rate, **needs)
    same = jax.tree.all(jax.tree.map(lambda a, b: np.allclose(a, b, 1e-4, 1e-5), end, before))
    assert same == ((kind, option) in options.WITHOUT_EFFECT)


@pytest.mark.parametrize(("kind", "names", "arguments"), cases(options.combinations))
def test_options_together_make_the_steps_of_keras(kind, names, arguments):
    assert_steps_of_keras(kind, {"learning_rate": options.RATES[kind], **arguments})


@pytest.mark.parametrize("kind", entries("optimizer"))
def test_defaults_make_the_steps_of_keras(kind):
    assert_steps_of_keras(kind, {})


@pytest.mark.parametrize("kind", entries("optimizer"))
def test_every_option_of_an_optimizer_is_compared_with_keras(kind):
    fields = set(entries("optimizer")[kind].model_fields) - options.ELSEWHERE
    assert fields == set(options.options(kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sgd", "adamw", "nadam"])
@pytest.mark.parametrize(
    "arguments", [pytest.param(rate, id=name) for name, rate in options.schedules()]
)
def test_a_schedule_makes_the_steps_of_keras(kind, arguments):
    momentum = {"momentum": 0.7} if kind == "sgd" else {}
    assert_steps_of_keras(kind, {**arguments, **momentum})


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
    spec = {"loss": "mean_squared_error", "optimizer": {"sgd": arguments}}
    training = compiled([{"dense": 3}, {"dense": 2}], {"x": TensorType((4,))}, spec).training
    params, _ = random_weights(training.model, np.random.default_rng(1))
    memory = update.first_memory(training, params)
    (phase,) = training.phases
    zeros = jax.tree.map(np.zeros_like, params)
    still, _ = update.update(training, phase, zeros, memory, params)
    found = [
        f"{scope}/{name}"
        for scope, weights in sorted(params.items())
        for name in sorted(weights)
        if np.array_equal(still[scope][name], params[scope][name])
    ]
    assert found == kept


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
