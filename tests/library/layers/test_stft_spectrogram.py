import jax
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.compiler.lower import bind
from kc.core.types import ShapeError, TensorType
from kc.library.layers.stft_spectrogram import STFTSpectrogram
from tests.library.layers.parity import assert_same
from tests.models import compiled

MODES = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"]
SMALL = {"frame_length": 6, "frame_step": 4}


@pytest.mark.parametrize("expand_dims", [False, True])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("mode", MODES)
def test_stft_spectrogram_computes_what_keras_computes(mode, data_format, expand_dims):
    places = {"mode": mode, "expand_dims": expand_dims, "data_format": data_format}
    shape = (17, 2) if data_format == "channels_last" else (2, 17)
    twin = keras.layers.STFTSpectrogram(**SMALL, **places)
    assert_same({"stft_spectrogram": {**SMALL, **places}}, twin, shape)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_frames_may_reach_over_the_ends(padding):
    arguments = {"frame_length": 5, "fft_length": 8, "padding": padding}
    twin = keras.layers.STFTSpectrogram(**arguments)
    assert_same({"stft_spectrogram": arguments}, twin, (13, 1))


@pytest.mark.parametrize(
    "arguments",
    [
        {"frame_length": 6},
        {"frame_length": 8, "window": "hamming", "periodic": True, "scaling": "spectrum"},
        {"frame_length": 8, "window": None, "scaling": None},
    ],
    ids=str,
)
def test_kernels_begin_as_in_keras(arguments):
    program = compiled([{"stft_spectrogram": arguments}], {"x": TensorType((20, 1))}).program
    params, _ = bind.init(program, jax.random.key(0))
    twin = keras.layers.STFTSpectrogram(**arguments)
    twin.build((None, 20, 1))
    kernels = params["stft_spectrogram"]
    assert list(kernels) == ["real_kernel", "imag_kernel"]
    for ours, theirs in zip(kernels.values(), twin.trainable_variables, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-4, 1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frame_length": 1}, "2 samples or more"),
        ({"frame_length": 4, "frame_step": 5}, "is longer than a frame"),
        ({"frame_length": 4, "fft_length": 2}, "is shorter than a frame"),
        ({"frame_length": 4, "fft_length": 5}, "has to be even"),
        ({"frame_length": 4, "window": (1.0, 2.0)}, "a number for each sample"),
    ],
)
def test_arguments_have_to_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        STFTSpectrogram(**arguments)


def test_a_signal_has_channels():
    with pytest.raises(ShapeError, match="time, channels"):
        STFTSpectrogram().infer(TensorType((300,)))
