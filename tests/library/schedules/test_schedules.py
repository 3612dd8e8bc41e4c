import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras.optimizers import schedules
from pydantic import ValidationError

from kc.compiler.lower import update
from kc.core.reference import read_entry
from kc.core.registry import entries
from kc.core.types import TensorType
from tests.emit.same import assert_same_training as assert_same_code
from tests.library.training import assert_same_training, in_order, train, train_twin
from tests.models import compiled, random_weights

INITIAL = {"initial_learning_rate": 0.5}
TWINS = {
    "cosine_decay": schedules.CosineDecay,
    "cosine_decay_restarts": schedules.CosineDecayRestarts,
    "exponential_decay": schedules.ExponentialDecay,
    "inverse_time_decay": schedules.InverseTimeDecay,
    "piecewise_constant_decay": schedules.PiecewiseConstantDecay,
    "polynomial_decay": schedules.PolynomialDecay,
}
RATE = {**INITIAL, "decay_steps": 7, "decay_rate": 0.8}
CASES = [
    pytest.param(kind, arguments, id=f"{kind} {arguments}")
    for kind, arguments in [
        ("cosine_decay", {**INITIAL, "decay_steps": 20}),
        ("cosine_decay", {**INITIAL, "decay_steps": 20, "alpha": 0.2}),
        ("cosine_decay", {**INITIAL, "decay_steps": 20, "warmup_target": 2.0, "warmup_steps": 5}),
        ("cosine_decay", {**INITIAL, "decay_steps": 20, "warmup_target": 2.0, "alpha": 0.1}),
        ("cosine_decay_restarts", {**INITIAL, "first_decay_steps": 5}),
        ("cosine_decay_restarts", {**INITIAL, "first_decay_steps": 5, "t_mul": 1.0, "m_mul": 0.9}),
        (
            "cosine_decay_restarts",
            {**INITIAL, "first_decay_steps": 3, "t_mul": 1.5, "m_mul": 1.1, "alpha": 0.3},
        ),
        ("exponential_decay", RATE),
        ("exponential_decay", {**RATE, "staircase": True}),
        ("inverse_time_decay", RATE),
        ("inverse_time_decay", {**RATE, "staircase": True}),
        ("piecewise_constant_decay", {"boundaries": (3,), "values": (0.5, 0.1)}),
        ("piecewise_constant_decay", {"boundaries": (0, 4, 9), "values": (1.0, 0.5, 0.1, 0.01)}),
        ("polynomial_decay", {**INITIAL, "decay_steps": 10}),
        ("polynomial_decay", {**INITIAL, "decay_steps": 10, "power": 2.0}),
        ("polynomial_decay", {**INITIAL, "decay_steps": 10, "cycle": True, "power": 0.5}),
    ]
]
STEPS = [*range(60), 100, 1000, 12345]


@pytest.mark.parametrize(("kind", "arguments"), CASES)
def test_rates_are_those_of_keras(kind, arguments):
    call = entries("schedule")[kind].model_validate(arguments).lower()
    steps = jnp.asarray(STEPS, jnp.int32)
    ours = jax.vmap(lambda step: call.function(step, **call.settings))(steps)
    theirs = [TWINS[kind](**arguments)(step) for step in STEPS]
    np.testing.assert_allclose(ours, theirs, 1e-4, 1e-6)


def test_every_schedule_is_compared_with_keras():
    assert {case.values[0] for case in CASES} == set(entries("schedule")) == set(TWINS)


def model(optimizer):
    training = {"loss": "mean_squared_error", "optimizer": optimizer}
    return compiled([{"dense": 2}], {"x": TensorType((3,))}, training)


@pytest.mark.parametrize(
    ("optimizer", "twin"),
    [
        pytest.param(
            {"sgd": {"momentum": 0.8}},
            lambda rate: keras.optimizers.SGD(rate, momentum=0.8),
            id="rates inside of a momentum",
        ),
        pytest.param(
            {"adam": {"weight_decay": 0.1, "gradient_accumulation_steps": 2}},
            lambda rate: keras.optimizers.Adam(
                rate, weight_decay=0.1, gradient_accumulation_steps=2
            ),
            id="batches that are gathered",
        ),
    ],
)
def test_steps_at_a_changing_rate_are_those_of_keras(optimizer, twin):
    arguments = {**INITIAL, "decay_steps": 3, "decay_rate": 0.5}
    ((kind, settings),) = optimizer.items()
    ours = model({kind: {"learning_rate": {"exponential_decay": arguments}, **settings}})
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.normal(size=shape).astype("float32")  # noqa: E731
    data = [(draw(4, 3), draw(4, 2)) for _ in range(6)]
    params, state = random_weights(ours.program, rng)
    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    rate = schedules.ExponentialDecay(**arguments)
    loss = keras.losses.MeanSquaredError()
    theirs = train_twin(net, loss, twin(rate), params, state, data)
    losses, end, after = train(ours, params, state, data)
    assert_same_training((losses, in_order(end, ours.program.weights), after), theirs)


@pytest.mark.parametrize(("kind", "arguments"), CASES[::3])
def test_generated_code_has_the_schedule(kind, arguments):
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in arguments.items()}
    assert_same_code(model({"adam": {kind: plain}}))


def test_the_rate_of_the_next_step_lies_in_the_state():
    training = model({"sgd": {"inverse_time_decay": {**RATE, "decay_steps": 1}}}).training
    params, _ = random_weights(training.model, np.random.default_rng(1))
    optimizer = update.optimizer(training.optimizers[0].call)
    memory = optimizer.init(params)
    for step in range(3):
        _, memory = optimizer.update(params, memory, params)
        np.testing.assert_allclose(
            memory.hyperparams["learning_rate"], 0.5 / (1 + 0.8 * step), 1e-6
        )


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        ("cosine_decay", {**INITIAL, "decay_steps": 1, "warmup_steps": 2}, "`warmup_target`"),
        (
            "cosine_decay_restarts",
            {**INITIAL, "first_decay_steps": 1, "t_mul": 0.5},
            "than or equal",
        ),
        ("piecewise_constant_decay", {"boundaries": (2, 2), "values": (1.0,) * 3}, "have to rise"),
        ("piecewise_constant_decay", {"boundaries": (2,), "values": (1.0,)}, "has 1 rates"),
        ("exponential_decay", {**RATE, "decay_steps": 0}, "greater than 0"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(kind, arguments, message):
    with pytest.raises(ValidationError, match=message):
        entries("schedule")[kind].model_validate(arguments)


@pytest.mark.parametrize("rate", ["2 * 0.05", 0.1, "1e-1"])
def test_a_rate_can_be_arithmetic(rate):
    (optimizer,) = model({"adam": {"learning_rate": rate}}).training.optimizers
    assert optimizer.call.settings["learning_rate"] == 0.1


def test_an_optimizer_writes_its_schedule_as_it_was_read():
    written = {"adam": {"learning_rate": {"exponential_decay": RATE}}}
    optimizer = read_entry("optimizer", written)
    assert {optimizer.kind: optimizer.arguments()} == written
    assert read_entry("optimizer", {"adam": {"exponential_decay": RATE}}) == optimizer
