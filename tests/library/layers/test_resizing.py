import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.resizing import Resizing
from tests.library.images import images, ours
from tests.library.layers.parity import assert_same

SIZE = {"height": 5, "width": 9}
CASES = [
    pytest.param({}, (8, 7, 3), id="bilinear"),
    pytest.param({"antialias": True}, (8, 20, 1), id="antialias"),
    pytest.param({"interpolation": "nearest"}, (8, 7, 2), id="nearest"),
    pytest.param({"interpolation": "bicubic"}, (8, 7, 2), id="bicubic"),
    pytest.param({"interpolation": "lanczos3", "antialias": True}, (8, 20, 2), id="lanczos"),
    pytest.param({"interpolation": "lanczos5"}, (3, 4, 2), id="larger"),
    pytest.param({"crop_to_aspect_ratio": True}, (11, 7, 2), id="crop rows"),
    pytest.param({"crop_to_aspect_ratio": True}, (3, 17, 2), id="crop columns"),
    pytest.param({"pad_to_aspect_ratio": True}, (4, 11, 2), id="pad rows"),
    pytest.param({"pad_to_aspect_ratio": True, "fill_value": 2.0}, (11, 8, 2), id="pad columns"),
    pytest.param(
        {"pad_to_aspect_ratio": True, "data_format": "channels_first"}, (2, 11, 8), id="channels"
    ),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_resizing_computes_what_keras_computes(arguments, shape):
    twin = keras.layers.Resizing(**SIZE, **arguments)
    assert_same({"resizing": {**SIZE, **arguments}}, twin, shape)


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("dtype", ["uint8", "int32"])
def test_whole_numbers_stay_whole(dtype, interpolation):
    x = images().astype(dtype)
    twin = keras.layers.Resizing(**SIZE, interpolation=interpolation)
    y = ours({"resizing": {**SIZE, "interpolation": interpolation}}, x)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, np.asarray(twin(x)))


def test_resizing_crops_or_pads():
    with pytest.raises(ValidationError, match="not both"):
        Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)


@pytest.mark.parametrize("x", [TensorType((4, 4)), TensorType((4, 4, 1), "bool")])
def test_resizing_needs_images_of_numbers(x):
    with pytest.raises(ShapeError, match="needs"):
        Resizing(2, 2).infer(x)
