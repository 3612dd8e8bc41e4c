"""Recurrent layers that go on where the batch before ended, against Keras."""

import jax
import keras
import numpy as np
import pytest
import yaml

from kc.compiler.lower import bind
from kc.core.diagnostic import CompileError
from kc.core.types import TensorType
from tests.emit.same import assert_same_model, assert_same_training
from tests.library.layers.parity import cotangent
from tests.library.layers.whole import masked_sequences
from tests.models import compiled, compiled_text, random_weights, run

K = keras.layers
BATCH, TIME, FEATURES = 4, 5, 3
SHAPE = TensorType((TIME, FEATURES))


@pytest.mark.parametrize(
    ("item", "twin"),
    [
        pytest.param("lstm: {units: 4, stateful: true}", lambda: K.LSTM(4, stateful=True),
                     id="lstm"),
        pytest.param("gru: {units: 4, stateful: true, return_sequences: true, go_backwards: true}",
                     lambda: K.GRU(4, stateful=True, return_sequences=True, go_backwards=True),
                     id="gru", marks=pytest.mark.slow),
        pytest.param("rnn: {cell: {stacked_rnn_cells: [{lstm_cell: 3}, {simple_rnn_cell: 2}]},"
                     " stateful: true}",
                     lambda: K.RNN([K.LSTMCell(3), K.SimpleRNNCell(2)], stateful=True), id="rnn"),
        pytest.param("bidirectional: {layer: {lstm: {units: 4, stateful: true}}}",
                     lambda: K.Bidirectional(K.LSTM(4, stateful=True)), id="bidirectional"),
    ],
)  # fmt: skip
def test_batches_with_masks_go_on_as_in_keras(item, twin):
    model = compiled(["masking", yaml.safe_load(item)], {"x": SHAPE})
    inputs = K.Input(batch_shape=(BATCH, TIME, FEATURES))
    twin = keras.Model(inputs, twin()(K.Masking()(inputs)))
    assert_follows(model, twin, [masked_sequences(BATCH, seed=seed) for seed in range(3)])
    assert_same_model(model)


def test_films_go_on_as_in_keras():
    given = {"filters": 2, "kernel_size": 2, "padding": "same", "stateful": True}
    model = compiled([{"conv_lstm2d": given}], {"x": TensorType((3, 4, 3, 2))})
    inputs = K.Input(batch_shape=(BATCH, 3, 4, 3, 2))
    rng = np.random.default_rng(0)
    batches = [rng.normal(size=(BATCH, 3, 4, 3, 2)).astype("float32") for _ in range(2)]
    assert_follows(model, keras.Model(inputs, K.ConvLSTM2D(**given)(inputs)), batches)


def assert_follows(model, twin, batches):
    """Outputs and gradients of one batch after another are those of a Keras model."""
    program = model.program
    params, _ = random_weights(program, np.random.default_rng(0))
    _, state = bind.init(program, jax.random.key(0), BATCH)
    weights = [params[s][n] for s, names in program.weights.items() for n in names]
    for variable, array in zip(twin.trainable_variables, weights, strict=True):
        variable.assign(array)
    fixed = [variable.value for variable in twin.non_trainable_variables]
    ours = jax.jit(lambda p, s, x: with_gradient(lambda p: run(program, p, s, {"x": x}), p))
    for x in batches:
        y, slopes, state = ours(params, state, x)
        expected, theirs, _ = with_gradient(lambda w: twin.stateless_call(w, fixed, x), weights)  # noqa: B023
        found = [slopes[s][n] for s, names in program.weights.items() for n in names]
        for a, b in zip([y, *found], [expected, *theirs], strict=True):
            np.testing.assert_allclose(a, b, 1e-4, 1e-5)
        twin(x)


def with_gradient(function, weights):
    """Output, gradient and state of a function that gives output and state."""
    y, vjp, state = jax.vjp(function, weights, has_aux=True)
    return y, vjp(cotangent(y))[0], state


def test_states_are_outputs_of_a_stateful_layer_too():
    layers = """
    - {lstm: {units: 4, stateful: true, return_state: true}, name: read}
  outputs: {y: read.output, h: read.state_h, c: read.state_c}"""
    model = compiled_text(f"kc: 1\nmodel:\n  inputs: {{x: [5, 3]}}\n  layers:{layers}\n")
    params, _ = random_weights(model.program, np.random.default_rng(0))
    _, state = bind.init(model.program, jax.random.key(0), BATCH)
    outputs, after = bind.apply(model.program, params, state, {"x": masked_sequences(BATCH)})
    np.testing.assert_array_equal(outputs["y"], outputs["h"])
    np.testing.assert_array_equal(outputs["c"], after["read"]["state_c"])
    assert_same_model(model)


def test_a_shared_layer_goes_on_from_use_to_use():
    program = compiled_text("""
kc: 1
model:
  inputs: {a: [5, 3], b: [5, 3]}
  layers:
    - {use: reader, from: a, name: first}
    - {use: reader, from: b, name: second}
  shared: {reader: [{gru: {units: 4, stateful: true}}]}
  outputs: [first, second]
""").program
    params, _ = random_weights(program, np.random.default_rng(0))
    _, state = bind.init(program, jax.random.key(0), BATCH)
    a, b = masked_sequences(BATCH), masked_sequences(BATCH, seed=2)
    outputs, _ = bind.apply(program, params, state, {"a": a, "b": b})
    whole = compiled([{"gru": 4}], {"x": TensorType((10, 3))}).program
    (weights,) = params.values()
    expected, _ = run(whole, {"gru": weights}, {}, {"x": np.concatenate([a, b], axis=1)})
    np.testing.assert_allclose(outputs["second"], expected, 1e-4, 1e-5)


def test_a_stateful_model_is_printed_as_it_is_trained():
    item = {"lstm": {"units": 4, "stateful": True, "dropout": 0.5, "recurrent_dropout": 0.2}}
    training = {"loss": "mean_squared_error", "shuffle": False}
    assert_same_training(compiled([item], {"x": SHAPE}, training))


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ([{"gru": {"units": 3, "return_state": True}, "name": "a"},
          {"gru": {"units": 3, "stateful": True}, "from": ["x", "a.state_h"]}], "other states"),
        ([{"reshape": [1, 5, 3]}, {"time_distributed": {"layer": {"gru": {"units": 3,
          "stateful": True}}}}], "remembers"),
    ],
    ids=["first states", "time_distributed"],
)  # fmt: skip
def test_what_cannot_go_on_is_refused(layers, reason):
    with pytest.raises(CompileError, match=reason):
        compiled(layers, {"x": SHAPE})
