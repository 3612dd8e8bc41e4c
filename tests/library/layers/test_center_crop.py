import keras
import pytest

from tests.library.images import assert_close, images, ours
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"height": 4, "width": 4}, (8, 7, 3), id="inside"),
    pytest.param({"height": 8, "width": 7}, (8, 7, 3), id="all of it"),
    pytest.param({"height": 9, "width": 3}, (8, 7, 3), id="too low"),
    pytest.param({"height": 3, "width": 12}, (8, 7, 2), id="too narrow"),
    pytest.param({"height": 3, "width": 2, "data_format": "channels_first"}, (2, 8, 7), id="first"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_center_crop_computes_what_keras_computes(arguments, shape):
    assert_same({"center_crop": arguments}, keras.layers.CenterCrop(**arguments), shape)


def test_center_crop_makes_floats_of_bytes():
    x = images().astype("uint8")
    assert_close(ours({"center_crop": {"height": 3, "width": 3}}, x), x[:, 2:5, 2:5])
