"""Penalties and constraints in training: whole steps beside Keras."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import constraints, layers, regularizers

import kc
from kc.compiler.lower import objective
from kc.core.diagnostic import CompileError
from kc.core.types import TensorType
from tests.emit.same import assert_same_model, assert_same_training
from tests.library.training import assert_same_training as assert_same_steps
from tests.library.training import in_order, train, train_twin
from tests.models import compiled, compiled_text, random_weights

LAYERS = [
    {
        "dense": {
            "units": 4,
            "kernel_regularizer": {"l1": 0.02},
            "bias_regularizer": "l2",
            "kernel_constraint": {"max_norm": 0.7},
        }
    },
    {
        "batch_normalization": {
            "gamma_regularizer": {"l1_l2": {"l1": 0.1, "l2": 0.2}},
            "beta_constraint": "non_neg",
        }
    },
    {"layer_normalization": {"beta_regularizer": "l1", "gamma_constraint": "unit_norm"}},
    {"dense": {"units": 3, "activation": "tanh", "activity_regularizer": {"l2": 0.3}}},
    {
        "dense": {
            "units": 2,
            "kernel_regularizer": {"orthogonal_regularizer": {"factor": 0.5, "mode": "columns"}},
            "activity_regularizer": {"orthogonal_regularizer": {"factor": 0.5}},
            "kernel_constraint": {"min_max_norm": {"min_value": 0.8, "rate": 0.4, "axis": 1}},
            "bias_constraint": "non_neg",
        }
    },
]
TRAINING = {"loss": "mean_squared_error", "optimizer": {"sgd": {"learning_rate": 0.2}}}


def model():
    return compiled(LAYERS, {"x": TensorType((5,))}, TRAINING)


def twin():
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(
                4,
                kernel_regularizer=regularizers.L1(0.02),
                bias_regularizer="l2",
                kernel_constraint=constraints.MaxNorm(0.7),
            ),
            layers.BatchNormalization(
                gamma_regularizer=regularizers.L1L2(0.1, 0.2), beta_constraint="non_neg"
            ),
            layers.LayerNormalization(beta_regularizer="l1", gamma_constraint="unit_norm"),
            layers.Dense(3, activation="tanh", activity_regularizer=regularizers.L2(0.3)),
            layers.Dense(
                2,
                kernel_regularizer=regularizers.OrthogonalRegularizer(0.5, "columns"),
                activity_regularizer=regularizers.OrthogonalRegularizer(0.5),
                kernel_constraint=constraints.MinMaxNorm(0.8, rate=0.4, axis=1),
                bias_constraint="non_neg",
            ),
        ]
    )


def batches(number, size=6, features=5, outputs=2):
    rng = np.random.default_rng(3)
    draw = lambda *shape: rng.normal(size=shape).astype("float32")  # noqa: E731
    return [(draw(size, features), draw(size, outputs)) for _ in range(number)]


def test_steps_with_penalties_and_constraints_are_those_of_keras():
    ours, data = model(), batches(5)
    params, state = random_weights(ours.program, np.random.default_rng(1))
    loss, sgd = keras.losses.MeanSquaredError(), keras.optimizers.SGD(0.2)
    theirs = train_twin(twin(), loss, sgd, params, state, data)
    losses, end, after = train(ours, params, state, data)
    found = losses, in_order(end, ours.program.weights), in_order(after, ours.program.state)
    assert_same_steps(found, theirs)


SHARED = """
kc: 1
model:
  inputs: {x: [3]}
  shared: {part: [{dense: {units: 3, kernel_regularizer: {l2: 0.5}, activity_regularizer: l1}}]}
  layers: [{use: part}, {use: part}]
training: {loss: mean_squared_error}
"""


def test_a_shared_weight_counts_once_and_its_outputs_once_per_call():
    training = compiled_text(SHARED).training
    (phase,) = training.phases
    assert [(p.scope, p.weight) for p in phase.penalties] == [("part/dense", "kernel")]
    assert [a.value for a in phase.activities] == ["part/dense", "part_1/dense"]
    (x, y) = batches(1, features=3, outputs=3)[0]
    params, _ = random_weights(training.model, np.random.default_rng(1))
    layer = layers.Dense(3, kernel_regularizer=regularizers.L2(0.5), activity_regularizer="l1")
    twin = keras.Sequential([keras.Input((3,)), layer, layer])
    layer.set_weights(list(params["part/dense"].values()))
    # Called plainly: inside of jax.jit Keras 3.15 keeps the penalty of the last call only.
    expected = np.mean((np.asarray(twin(x)) - y) ** 2) + sum(twin.losses)
    (output,) = training.model.outputs
    total, _ = objective.loss(training, phase, params, {}, {"x": x}, {output: y}, jnp.ones(len(x)))
    np.testing.assert_allclose(total, expected, 1e-5)


def test_examples_that_pad_a_batch_add_no_penalty():
    training = model().training
    (phase,) = training.phases
    params, state = random_weights(training.model, np.random.default_rng(1))
    (x, y) = batches(1)[0]
    (output,) = training.model.outputs

    @jax.jit
    def total(x, y, valid):
        return objective.loss(
            training, phase, params, state, {"x": x}, {output: y}, valid, train=False
        )[0]

    padded = [np.concatenate([a, np.full_like(a, np.nan)[:3]]) for a in (x, y)]
    valid = np.array([1] * 6 + [0] * 3, "float32")
    np.testing.assert_allclose(total(*padded, valid), total(x, y, valid[:6]), 1e-5)


STILL = """
kc: 1
model:
  inputs: {x: [3]}
  layers: [{dense: {units: 3, kernel_regularizer: {l2: 5.0}}, name: y}]
training: {loss: mean_squared_error, batch_size: 4, optimizer: {sgd: {learning_rate: 0.0}}}
"""


def test_logs_in_training_and_evaluation_hold_the_total_loss(tmp_path):
    (tmp_path / "spec.yaml").write_text(STILL)
    model = kc.load(tmp_path / "spec.yaml")
    (x, y) = batches(1, features=3, outputs=3)[0]
    history = model.fit(x, y, validation_data=(x, y), verbose=False).history
    kernel, bias = model.state.params["y"]["kernel"], model.state.params["y"]["bias"]
    expected = np.mean((x @ kernel + bias - y) ** 2) + 5 * np.sum(np.square(kernel))
    found = [*history["loss"], *history["val_loss"], model.evaluate(x, y)["loss"]]
    np.testing.assert_allclose(found, [expected] * 3, 1e-5)


def test_generated_code_adds_penalties_and_constrains():
    assert_same_model(model())
    assert_same_training(model())
    assert_same_training(compiled_text(SHARED))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            {"kernel_constraint": {"max_norm": {"axis": 2}}},
            r"dense cannot use max_norm for its `kernel`, whose shape is \[3, 2\]: there is no"
            " axis 2",
            id="axis",
        ),
        pytest.param(
            {"bias_regularizer": "orthogonal_regularizer"},
            r"dense cannot use orthogonal_regularizer for its `bias`, .* needs 2 axes, not 1",
            id="rank",
        ),
        pytest.param(
            {"activity_regularizer": "orthogonal_regularizer"},
            r"dense cannot use orthogonal_regularizer for its output, .* needs 2 axes, not 3",
            id="output",
        ),
    ],
)
def test_what_does_not_fit_a_weight_is_refused(arguments, message):
    with pytest.raises(CompileError, match=message):
        compiled([{"dense": {"units": 2, **arguments}}], {"x": TensorType((4, 3))})
