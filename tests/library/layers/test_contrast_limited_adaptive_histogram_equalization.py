import keras
import pytest

from tests.library.images import assert_close, channels_first, images, ours

KIND = "contrast_limited_adaptive_histogram_equalization"
CASES = [
    pytest.param({"tile_grid_size": [2, 3]}, 255.0, id="uneven tiles"),
    pytest.param({"tile_grid_size": [1, 1], "clip_limit": 0.0}, 255.0, id="one tile, no limit"),
    pytest.param({"tile_grid_size": [4, 7], "clip_limit": 30.0}, 255.0, id="even tiles"),
    pytest.param({}, 255.0, id="default"),
    pytest.param({"tile_grid_size": [2, 2], "value_range": [0.0, 1.0]}, 1.0, id="range"),
]


@pytest.mark.slow
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize(("arguments", "top"), CASES)
def test_it_computes_what_keras_computes(arguments, top, train):
    x = images(high=top)
    twin = keras.layers.ContrastLimitedAdaptiveHistogramEqualization(**arguments)
    assert_close(ours({KIND: arguments}, x, train=train), twin(x))


def test_channels_may_come_first():
    y = ours({KIND: {"data_format": "channels_first"}}, channels_first(images()))
    assert_close(y, channels_first(ours(KIND, images())))
