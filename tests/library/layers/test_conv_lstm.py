"""Convolutional long short-term memory against Keras."""

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.diagnostic import CompileError
from kc.core.types import TensorType
from kc.library.layers.conv_lstm1d import ConvLSTM1D
from kc.library.layers.conv_lstm2d import ConvLSTM2D
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.library.layers.whole import assert_same_whole, masked_sequences
from tests.models import compiled, random_arrays, random_weights, run

K = keras.layers
FILM = (3, 5, 4, 2)


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        pytest.param({"padding": "same", "return_sequences": True}, FILM, id="same, sequences"),
        pytest.param({"strides": (2, 1), "activation": "relu"}, FILM, id="strides"),
        pytest.param({"dilation_rate": 2, "use_bias": False, "go_backwards": True}, (2, 6, 6, 1),
                     id="dilated, backwards"),
        pytest.param({"recurrent_activation": "hard_sigmoid", "activation": None,
                      "return_sequences": True, "go_backwards": True}, FILM, id="activations"),
    ],
)  # fmt: skip
def test_two_axes_compute_what_keras_computes(arguments, shape):
    given = {"filters": 2, "kernel_size": (3, 2), **arguments}
    assert_same({"conv_lstm2d": given}, K.ConvLSTM2D(**given), shape)


@pytest.mark.parametrize(
    ("item", "twin", "shape"),
    [
        ("conv_lstm1d", K.ConvLSTM1D, (3, 6, 2)),
        pytest.param("conv_lstm3d", K.ConvLSTM3D, (2, 4, 3, 4, 2), marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_one_and_three_axes_compute_what_keras_computes(item, twin, shape, padding):
    given = {"filters": 3, "kernel_size": 2, "padding": padding, "strides": 2}
    assert_same({item: given}, twin(**given), shape)


def test_steps_may_lie_behind_the_channels():
    """Keras computes `channels_first` on GPUs only; here, the same numbers in another order."""
    given = {"filters": 3, "kernel_size": 2, "return_sequences": True}
    rng = np.random.default_rng(0)
    last = compiled([{"conv_lstm2d": given}], {"x": TensorType(FILM)}).program
    params, _ = random_weights(last, rng)
    x = random_arrays(last.inputs, 3, rng)["x"]
    first = compiled(
        [{"conv_lstm2d": {**given, "data_format": "channels_first"}}],
        {"x": TensorType((3, 2, 5, 4))},
    ).program
    y, _ = run(first, params, {}, {"x": np.moveaxis(x, -1, 2)})
    expected, _ = run(last, params, {}, {"x": x})
    np.testing.assert_allclose(np.moveaxis(y, 2, -1), expected, 1e-4, 1e-5)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"go_backwards": True, "return_sequences": True}],
    ids=["last", "backwards"],
)
def test_masked_images_are_skipped_as_in_keras(arguments):
    """On JAX Keras takes a mask here only where the loop is unrolled."""
    inputs = K.Input((5, 12))
    x = K.TimeDistributed(K.Reshape((3, 2, 2)))(K.Masking()(inputs))
    y = K.ConvLSTM2D(2, 2, padding="same", unroll=True, **arguments)(x)
    words = "".join(f", {name}: true" for name in arguments)
    layers = f"""
    - masking
    - time_distributed: {{layer: {{reshape: [3, 2, 2]}}}}
    - conv_lstm2d: {{filters: 2, kernel_size: 2, padding: same{words}}}"""
    x = masked_sequences(features=12)
    assert_same_whole(layers, keras.Model(inputs, y), {"x": x})


def test_states_can_be_handed_on():
    inputs = K.Input(FILM)
    x, h, c = K.ConvLSTM2D(2, 2, padding="same", return_sequences=True, return_state=True)(inputs)
    y = K.ConvLSTM2D(2, 3, padding="same")(x, initial_state=[h, c])
    layers = """
    - conv_lstm2d:
        {filters: 2, kernel_size: 2, padding: same, return_sequences: true, return_state: true}
      name: first
    - conv_lstm2d: {filters: 2, kernel_size: 3, padding: same}
      from: [first.output, first.state_h, first.state_c]"""
    x = np.random.default_rng(0).normal(size=(3, *FILM)).astype("float32")
    assert_same_whole(layers, keras.Model(inputs, y), {"x": x})


def test_dropout_drops_while_training_only():
    given = {"filters": 2, "kernel_size": 2}
    item = {"conv_lstm2d": {**given, "dropout": 0.5, "recurrent_dropout": 0.5, "seed": 3}}
    model = compiled([item], {"x": TensorType(FILM)})
    rng = np.random.default_rng(0)
    params, _ = random_weights(model.program, rng)
    x = random_arrays(model.program.inputs, 3, rng)
    plain = compiled([{"conv_lstm2d": given}], {"x": TensorType(FILM)}).program
    still, _ = run(model.program, params, {}, x)
    np.testing.assert_array_equal(still, run(plain, params, {}, x)[0])
    assert not np.allclose(run(model.program, params, {}, x, train=True)[0], still)
    assert_same_model(model)


def test_both_directions_of_a_film():
    inputs = K.Input((3, 4, 3, 2))
    y = K.Bidirectional(K.ConvLSTM2D(2, 2, return_sequences=True))(inputs)
    layers = """
    - bidirectional:
        layer: {conv_lstm2d: {filters: 2, kernel_size: 2, return_sequences: true}}"""
    x = np.random.default_rng(0).normal(size=(3, 3, 4, 3, 2)).astype("float32")
    assert_same_whole(layers, keras.Model(inputs, y), {"x": x})


def test_an_image_is_no_film():
    with pytest.raises(CompileError, match=r"float32\[batch, time, height, width, channels\]"):
        compiled([{"conv_lstm2d": {"filters": 2, "kernel_size": 2}}], {"x": TensorType((5, 4, 2))})


def test_arguments_that_exclude_each_other_are_refused():
    with pytest.raises(ValidationError, match="exclude"):
        ConvLSTM2D(filters=2, kernel_size=2, strides=2, dilation_rate=2)
    with pytest.raises(ValidationError, match="causal"):
        ConvLSTM1D(filters=2, kernel_size=2, padding="causal")
