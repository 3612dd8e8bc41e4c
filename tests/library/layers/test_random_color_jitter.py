import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import TensorType
from kc.library.layers.random_color_jitter import RandomColorJitter
from tests.library.images import assert_close, images, ours

ALONE = {
    "brightness_factor": "random_brightness",
    "saturation_factor": "random_saturation",
}


@pytest.mark.parametrize("factor", ALONE)
def test_one_factor_is_one_layer(factor):
    x = images()
    y = ours({"random_color_jitter": {factor: [0.3, 0.3]}}, x)
    np.testing.assert_array_equal(y, ours({ALONE[factor]: [0.3, 0.3]}, x))


def test_brightness_comes_before_saturation():
    x = images()
    brighter = ours({"random_brightness": [0.3, 0.3]}, x)
    both = {"brightness_factor": [0.3, 0.3], "saturation_factor": [0.2, 0.2]}
    y = ours({"random_color_jitter": both}, x)
    assert_close(y, ours({"random_saturation": [0.2, 0.2]}, brighter))


def test_it_has_to_change_something():
    with pytest.raises(ValidationError, match="at least one factor"):
        RandomColorJitter()


def test_gray_images_have_a_brightness():
    RandomColorJitter(brightness_factor=0.1).infer(TensorType((4, 4, 1)))
