"""Recurrent layers against Keras: alone, with masks, with states, inside of wrappers."""

import keras
import numpy as np
import pytest

from kc.core.types import TensorType
from tests.library.layers.parity import assert_same
from tests.library.layers.whole import assert_same_whole, masked_sequences
from tests.models import compiled, random_arrays, random_weights, run

K = keras.layers
TWINS = {"simple_rnn": K.SimpleRNN, "lstm": K.LSTM, "gru": K.GRU}
KINDS = pytest.mark.parametrize("kind", TWINS)
ARGUMENTS = pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({}, id="last"),
        pytest.param({"return_sequences": True}, id="sequences"),
        pytest.param({"go_backwards": True}, id="backwards"),
        pytest.param({"go_backwards": True, "return_sequences": True}, id="backwards, sequences"),
        pytest.param({"return_sequences": True, "zero_output_for_mask": True}, id="zeros"),
        pytest.param({"zero_output_for_mask": True}, id="zero at the end"),
    ],
)


def written(kind: str, arguments: dict) -> str:
    words = ", ".join(f"{n}: {str(v).lower()}" for n, v in arguments.items())
    return f"{{{kind}: {{units: 4{', ' + words if words else ''}}}}}"


@KINDS
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({}, id="default"),
        pytest.param({"return_sequences": True, "go_backwards": True}, id="backwards"),
        pytest.param({"use_bias": False, "unroll": True, "activation": "relu"}, id="unrolled"),
        pytest.param({"dropout": 0.0, "activation": None}, id="linear"),
    ],
)
def test_a_layer_computes_what_keras_computes(kind, arguments):
    assert_same({kind: {"units": 5, **arguments}}, TWINS[kind](5, **arguments), (4, 3))


@pytest.mark.parametrize(
    "arguments",
    [
        {"reset_after": False},
        {"reset_after": False, "use_bias": False, "return_sequences": True},
        {"recurrent_activation": "hard_sigmoid", "activation": "softsign"},
    ],
    ids=["before", "before, no bias", "activations"],
)
def test_gru_resets_where_keras_does(arguments):
    assert_same({"gru": {"units": 3, **arguments}}, K.GRU(3, **arguments), (4, 2))


@ARGUMENTS
@pytest.mark.parametrize("kind", ["lstm"])
def test_masked_steps_are_skipped_as_in_keras(kind, arguments):
    inputs = K.Input((5, 3))
    y = TWINS[kind](4, **arguments)(K.Masking()(inputs))
    layers = f"    - masking\n    - {written(kind, arguments)}"
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


@pytest.mark.parametrize("kind", ["gru", "simple_rnn"])
def test_masked_steps_are_skipped_backwards(kind):
    inputs = K.Input((5, 3))
    arguments = {"go_backwards": True, "return_sequences": True}
    y = TWINS[kind](4, **arguments)(K.Masking()(inputs))
    layers = f"    - masking\n    - {written(kind, arguments)}"
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


def test_a_mask_goes_through_layers_that_keep_steps():
    inputs = K.Input((5,), dtype="int32")
    x = K.Embedding(6, 3, mask_zero=True)(inputs)
    x = K.Dropout(0.5)(K.Dense(4, activation="relu")(x))
    x = K.LSTM(3, return_sequences=True)(x)
    y = K.GRU(2)(K.LayerNormalization()(x))
    layers = """
    - embedding: {input_dim: 6, output_dim: 3, mask_zero: true}
    - dense: {units: 4, activation: relu}
    - dropout: 0.5
    - lstm: {units: 3, return_sequences: true}
    - layer_normalization
    - gru: 2"""
    ids = np.array([[1, 2, 0, 0, 0], [0, 5, 0, 3, 1], [0] * 5], "int32")
    assert_same_whole(layers, keras.Model(inputs, y), {"x": ids})


def test_states_can_be_handed_on():
    a, b = K.Input((5, 3)), K.Input((4, 3))
    _, h, c = K.LSTM(4, return_state=True)(K.Masking()(a))
    # Keras 3 loses the mask beside first states, unless it is given.
    mask = keras.ops.any(keras.ops.not_equal(b, 0), axis=-1)
    y = K.LSTM(4, return_sequences=True)(b, initial_state=[h, c], mask=mask)
    layers = """
    - {masking: {}, from: a}
    - {lstm: {units: 4, return_state: true}, name: encoder}
    - {masking: {}, from: b, name: again}
    - {lstm: {units: 4, return_sequences: true}, from: [again, encoder.state_h, encoder.state_c]}"""
    inputs = {"a": masked_sequences(), "b": masked_sequences(time=4, seed=2)}
    assert_same_whole(layers, keras.Model([a, b], y), inputs)


def test_all_outputs_of_a_layer_can_be_named():
    inputs = K.Input((5, 3))
    y, h = K.GRU(4, return_state=True, return_sequences=True)(inputs)
    layers = "    - {gru: {units: 4, return_state: true, return_sequences: true}, name: g}"
    assert_same_whole(
        layers,
        keras.Model(inputs, [y, h]),
        {"x": masked_sequences()},
        "{y: g.output, h: g.state_h}",
    )


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("sequences", [False, True], ids=["last", "sequences"])
def test_both_directions_are_merged_as_in_keras(mode, sequences):
    inputs = K.Input((5, 3))
    layer = K.LSTM(4, return_sequences=sequences)
    y = K.Bidirectional(layer, merge_mode=mode)(K.Masking()(inputs))
    layers = f"""
    - masking
    - bidirectional: {{layer: {{lstm: {{units: 4, return_sequences: {str(sequences).lower()}}}}},
        merge_mode: {mode}}}"""
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


def test_directions_may_differ_and_stay_apart():
    inputs = K.Input((5, 3))
    both = K.Bidirectional(
        K.GRU(4, return_sequences=True, return_state=True),
        backward_layer=K.GRU(2, return_sequences=True, return_state=True, go_backwards=True),
        merge_mode=None,
    )
    a, b, h, g = both(inputs)
    layers = """
    - bidirectional:
        layer: {gru: {units: 4, return_sequences: true, return_state: true}}
        backward_layer:
          gru: {units: 2, return_sequences: true, return_state: true, go_backwards: true}
        merge_mode: null
      name: both"""
    names = ["both.forward", "both.backward", "both.forward_state_h", "both.backward_state_h"]
    outputs = ", ".join(f"{key}: {name}" for key, name in zip("abhg", names, strict=True))
    twin = keras.Model(inputs, [a, b, h, g])
    assert_same_whole(layers, twin, {"x": masked_sequences()}, f"{{{outputs}}}")


def test_masks_pass_two_directions():
    inputs = K.Input((5, 3))
    x = K.Bidirectional(K.GRU(4, return_sequences=True))(K.Masking()(inputs))
    y = K.Bidirectional(K.SimpleRNN(3))(x)
    layers = """
    - masking
    - bidirectional: {layer: {gru: {units: 4, return_sequences: true}}}
    - bidirectional: {layer: {simple_rnn: 3}}"""
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


STACK = [K.LSTMCell, K.GRUCell, K.SimpleRNNCell]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"go_backwards": True, "return_sequences": True}, {"zero_output_for_mask": True}],
    ids=["last", "backwards", "zeros"],
)
def test_stacked_cells_compute_what_keras_computes(arguments):
    inputs = K.Input((5, 3))
    cells = [cell(4) for cell in STACK]
    y = K.RNN(cells, **arguments)(K.Masking()(inputs))
    words = "".join(f", {n}: {str(v).lower()}" for n, v in arguments.items())
    stack = "[{lstm_cell: 4}, {gru_cell: 4}, {simple_rnn_cell: 4}]"
    layers = f"    - masking\n    - rnn: {{cell: {{stacked_rnn_cells: {stack}}}{words}}}"
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


@pytest.mark.parametrize(
    ("cell", "twin"),
    [("lstm_cell", K.LSTMCell), ("gru_cell", K.GRUCell), ("simple_rnn_cell", K.SimpleRNNCell)],
)
def test_a_single_cell_is_the_layer(cell, twin):
    assert_same({"rnn": {"cell": {cell: 4}}}, K.RNN(twin(4)), (5, 3))


@pytest.mark.parametrize(
    ("written", "twin", "shape"),
    [
        ("{dense: {units: 4, activation: relu}}", K.Dense(4, activation="relu"), (5, 3)),
        ("{conv2d: {filters: 2, kernel_size: 3}}", K.Conv2D(2, 3), (4, 6, 5, 3)),
        ("{lstm: 4}", K.LSTM(4), (3, 5, 2)),
        ("{bidirectional: {layer: {gru: 3}}}", K.Bidirectional(K.GRU(3)), (3, 5, 2)),
        ("{time_distributed: {layer: {dense: 2}}}", K.TimeDistributed(K.Dense(2)), (3, 5, 2)),
    ],
    ids=["dense", "conv2d", "lstm", "bidirectional", "time_distributed"],
)
def test_a_layer_for_every_step(written, twin, shape):
    inputs = K.Input(shape)
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype("float32")
    layers = f"    - time_distributed: {{layer: {written}}}"
    twin = keras.Model(inputs, K.TimeDistributed(twin)(inputs))
    assert_same_whole(layers, twin, {"x": x})


def test_batch_normalization_sees_one_step_at_a_time():
    twin = K.TimeDistributed(K.BatchNormalization(momentum=0.6))
    item = {"time_distributed": {"layer": {"batch_normalization": {"momentum": 0.6}}}}
    assert_same(item, twin, (3, 4))


def test_a_mask_passes_a_layer_for_every_step():
    inputs = K.Input((5, 3))
    x = K.TimeDistributed(K.Dense(4))(K.Masking()(inputs))
    layers = "    - masking\n    - time_distributed: {layer: {dense: 4}}\n    - gru: 2"
    assert_same_whole(layers, keras.Model(inputs, K.GRU(2)(x)), {"x": masked_sequences()})


def test_words_and_sentences_have_masks_of_their_own():
    """Keras hands on a mask that no longer fits: compared with a mask made by hand."""
    ids = np.random.default_rng(3).integers(0, 4, (3, 4, 5)).astype("int32")
    ids[0, 2:] = 0
    program = compiled(
        [
            {"embedding": {"input_dim": 4, "output_dim": 2, "mask_zero": True}},
            {"time_distributed": {"layer": {"gru": 3}}},
            {"gru": 2},
        ],
        {"x": TensorType((4, 5), "int32")},
    ).program
    params, state = random_weights(program, np.random.default_rng(0))
    y, _ = run(program, params, state, {"x": ids})
    words, sentences = K.GRU(3), K.GRU(2)
    vectors = params["embedding"]["embeddings"][ids]
    words.build((None, 5, 2))
    sentences.build((None, 4, 3))
    words.set_weights(list(params["time_distributed"].values()))
    sentences.set_weights(list(params["gru"].values()))
    read = [words(vectors[:, t], mask=ids[:, t] != 0) for t in range(4)]
    expected = sentences(np.stack(read, axis=1), mask=(ids != 0).any(-1))
    np.testing.assert_allclose(y, expected, 1e-4, 1e-5)


@KINDS
def test_dropout_drops_while_training_only(kind):
    program = compiled(
        [{kind: {"units": 4, "dropout": 0.5, "recurrent_dropout": 0.5, "seed": 3}}],
        {"x": TensorType((5, 3))},
    ).program
    rng = np.random.default_rng(0)
    params, state = random_weights(program, rng)
    x = random_arrays(program.inputs, 3, rng)
    plain = compiled([{kind: 4}], {"x": TensorType((5, 3))}).program
    still, _ = run(program, params, state, x)
    np.testing.assert_array_equal(still, run(plain, params, state, x)[0])
    assert not np.allclose(run(program, params, state, x, train=True)[0], still)


def test_dropped_inputs_are_the_same_in_every_step():
    program = compiled(
        [{"rnn": {"cell": {"stacked_rnn_cells": [
            {"simple_rnn_cell": {"units": 64, "activation": None, "dropout": 0.5}},
            {"simple_rnn_cell": {"units": 64, "activation": None}}]}, "return_sequences": True}}],
        {"x": TensorType((4, 64))},
    ).program  # fmt: skip
    zero, one = np.zeros((64, 64), "float32"), np.eye(64, dtype="float32")
    params = {"rnn": {
        f"cell_{n}_{name}": value for n in (0, 1)
        for name, value in (("kernel", one), ("recurrent_kernel", zero), ("bias", zero[0]))
    }}  # fmt: skip
    y, _ = run(program, params, {}, {"x": np.ones((2, 4, 64), "float32")}, train=True)
    assert set(np.unique(y)) == {0.0, 2.0}
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert not np.array_equal(y[0], y[1])


def test_the_forget_gate_begins_with_ones():
    import jax

    from kc.compiler.lower import bind

    program = compiled([{"lstm": 2}], {"x": TensorType((4, 3))}).program
    params, _ = bind.init(program, jax.random.key(0))
    assert params["lstm"]["bias"].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("mode", ["concat", None])
def test_stacked_cells_go_in_two_directions(mode):
    inputs = K.Input((5, 3))
    rnn = K.RNN([K.GRUCell(4), K.LSTMCell(2)], return_sequences=True, return_state=True)
    found = K.Bidirectional(rnn, merge_mode=mode)(K.Masking()(inputs))
    states = ["state_h_0", "state_h_1", "state_c_1"]
    outputs = ["output"] if mode else ["forward", "backward"]
    names = [*outputs, *(f"{way}_{name}" for way in ("forward", "backward") for name in states)]
    layers = f"""
    - masking
    - bidirectional:
        layer:
          rnn:
            cell: {{stacked_rnn_cells: [{{gru_cell: 4}}, {{lstm_cell: 2}}]}}
            return_sequences: true
            return_state: true
        merge_mode: {"concat" if mode else "null"}
      name: both"""
    written = ", ".join(f"y{number}: both.{name}" for number, name in enumerate(names))
    twin = keras.Model(inputs, _flat(found))
    assert_same_whole(layers, twin, {"x": masked_sequences()}, f"{{{written}}}")


def _flat(found):
    """Keras nests the states of stacked cells."""
    return [leaf for item in found for leaf in (item if isinstance(item, list | tuple) else [item])]


def test_both_directions_begin_with_states():
    a, b = K.Input((5, 3)), K.Input((4, 3))
    _, *states = K.Bidirectional(K.LSTM(4, return_state=True))(a)
    y = K.Bidirectional(K.LSTM(4, return_sequences=True))(b, initial_state=states)
    names = ("forward_state_h", "forward_state_c", "backward_state_h", "backward_state_c")
    layers = f"""
    - bidirectional: {{layer: {{lstm: {{units: 4, return_state: true}}}}}}
      from: a
      name: encoder
    - bidirectional: {{layer: {{lstm: {{units: 4, return_sequences: true}}}}}}
      from: [b, {", ".join(f"encoder.{name}" for name in names)}]"""
    inputs = {"a": masked_sequences(), "b": masked_sequences(time=4, seed=2)}
    assert_same_whole(layers, keras.Model([a, b], y), inputs)


@pytest.mark.parametrize(
    "arguments", [{}, {"return_sequences": True, "go_backwards": True}], ids=["last", "backwards"]
)
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_masked_steps_are_skipped_where_the_loop_is_written_out(kind, arguments):
    inputs = K.Input((5, 3))
    given = {**arguments, "unroll": True}
    y = TWINS[kind](4, **given)(K.Masking()(inputs))
    layers = f"    - masking\n    - {written(kind, given)}"
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


def test_one_layer_reads_two_sequences():
    a, b = K.Input((5, 3)), K.Input((4, 3))
    read = K.Bidirectional(K.RNN(K.LSTMCell(4)))
    tell = K.GRU(2, return_sequences=True, reset_after=False)
    y = K.Subtract()([read(K.Masking()(a)), read(K.Masking()(b))])
    z = K.Concatenate(axis=1)([tell(a), tell(b)])
    layers = """
    - {use: reader, from: a, name: first}
    - {use: reader, from: b, name: second}
    - {subtract: {}, from: [first, second], name: y}
    - {use: teller, from: a, name: tell_a}
    - {use: teller, from: b, name: tell_b}
    - {concatenate: {axis: 1}, from: [tell_a, tell_b], name: z}
  shared:
    reader: [masking, {bidirectional: {layer: {rnn: {cell: {lstm_cell: 4}}}}}]
    teller: [{gru: {units: 2, return_sequences: true, reset_after: false}}]"""
    inputs = {"a": masked_sequences(), "b": masked_sequences(time=4, seed=2)}
    assert_same_whole(layers, keras.Model([a, b], [y, z]), inputs, "[y, z]")


def test_masked_steps_of_two_directions_for_every_step():
    inputs = K.Input((5, 3))
    x = K.RepeatVector(3)(K.GRU(4)(K.Masking()(inputs)))
    x = K.TimeDistributed(K.Reshape((2, 2)))(x)
    y = K.TimeDistributed(K.Bidirectional(K.LSTM(3), merge_mode="mul"))(x)
    layers = """
    - masking
    - gru: 4
    - repeat_vector: 3
    - time_distributed: {layer: {reshape: [2, 2]}}
    - time_distributed: {layer: {bidirectional: {layer: {lstm: 3}, merge_mode: mul}}}"""
    assert_same_whole(layers, keras.Model(inputs, y), {"x": masked_sequences()})


def test_the_same_units_of_the_state_are_dropped_in_every_step():
    program = compiled(
        [{"simple_rnn": {"units": 64, "activation": None, "recurrent_dropout": 0.5,
                         "return_sequences": True}}],
        {"x": TensorType((4, 64))},
    ).program  # fmt: skip
    one = np.eye(64, dtype="float32")
    params = {"simple_rnn": {"kernel": one, "recurrent_kernel": one, "bias": one[0] * 0}}
    x = np.zeros((2, 4, 64), "float32")
    x[:, 0] = 1.0
    y, _ = run(program, params, {}, {"x": x}, train=True)
    # What is kept doubles in each step.
    assert set(np.unique(y[:, 1:])) == {0.0, 2.0, 4.0, 8.0}
    np.testing.assert_array_equal(y[:, 3] > 0, y[:, 1] > 0)
    assert not np.array_equal(y[0], y[1])
