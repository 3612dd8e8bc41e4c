import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.mel_spectrogram import MelSpectrogram
from tests.library.images import ours
from tests.library.layers.parity import assert_same

SMALL = {"fft_length": 32, "sequence_stride": 10, "num_mel_bins": 5}
CASES = [
    pytest.param({"power_to_db": False}, (100,), id="power"),
    pytest.param({"power_to_db": False, "window": None, "mag_exp": 1.0}, (90,), id="magnitude"),
    pytest.param(
        {"power_to_db": False, "window": "hamming", "sequence_length": 21, "mag_exp": 1.5},
        (101,),
        id="short window",
    ),
    pytest.param(
        {"power_to_db": False, "min_freq": 0.0, "max_freq": 3000.0, "sampling_rate": 8000},
        (2, 64),
        id="channels",
    ),
    pytest.param({"top_db": 1000.0, "ref_power": 0.5, "min_power": 0.01}, (100,), id="decibel"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_mel_spectrogram_computes_what_keras_computes(arguments, shape):
    arguments = {**SMALL, **arguments}
    assert_same({"mel_spectrogram": arguments}, keras.layers.MelSpectrogram(**arguments), shape)


def test_the_range_of_decibel_is_that_of_each_example():
    x = np.random.default_rng(0).normal(size=(3, 100)).astype("float32")
    x *= np.array([[1.0], [1e-3], [0.0]], "float32")
    arguments = {**SMALL, "top_db": 7.0}
    twin = keras.layers.MelSpectrogram(**arguments)
    y = ours({"mel_spectrogram": arguments}, x)
    alone = np.concatenate([np.asarray(twin(x[i : i + 1])) for i in range(3)])
    np.testing.assert_allclose(y, alone, 1e-4, 1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fft_length": 31}, "has to be even"),
        ({"fft_length": 32, "sequence_length": 33}, "is longer"),
        ({"min_freq": 9000.0}, "have to rise"),
    ],
)
def test_arguments_have_to_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        MelSpectrogram(**arguments)


def test_a_signal_has_a_time():
    with pytest.raises(ShapeError, match="needs a signal"):
        MelSpectrogram().infer(TensorType((1,)))
