"""Layers that change the values of images: with what they draw fixed, they do what Keras does."""

import jax
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.images import colours
from kc.library.layers.auto_contrast import AutoContrast
from kc.library.layers.random_erasing import RandomErasing
from kc.library.layers.random_gaussian_blur import RandomGaussianBlur
from kc.library.layers.random_hue import RandomHue
from tests.library.images import BATCH, assert_close, channels_first, images, ours

FIXED = [
    pytest.param("random_brightness", {"factor": [0.2, 0.2]}, id="lighter"),
    pytest.param("random_brightness", {"factor": [-0.3, -0.3]}, id="darker"),
    pytest.param("random_saturation", {"factor": [0.3, 0.3]}, id="paler"),
    pytest.param("random_saturation", {"factor": [0.0, 0.0]}, id="gray"),
    pytest.param("random_sharpness", {"factor": [0.1, 0.1]}, id="smooth"),
    pytest.param("random_sharpness", {"factor": [0.9, 0.9]}, id="sharp"),
    pytest.param("random_grayscale", {"factor": 1.0}, id="grayscale"),
    pytest.param("random_invert", {"factor": [1.0, 1.0]}, id="invert"),
    pytest.param("random_posterization", {"factor": [3, 3]}, id="3 bits"),
    pytest.param("random_posterization", {"factor": [8, 8]}, id="8 bits"),
    pytest.param("random_color_degeneration", {"factor": [0.7, 0.7]}, id="duller"),
    pytest.param("auto_contrast", {}, id="auto contrast"),
    pytest.param("random_gaussian_blur", {"factor": [1.0, 1.0], "sigma": [0.7, 0.7]}, id="blur"),
    pytest.param(
        "random_gaussian_blur",
        {"factor": [1.0, 1.0], "sigma": [1.0, 1.0], "kernel_size": [3, 5]},
        id="high blur",
    ),
]


def twin_of(kind, arguments):
    name = "".join(word.capitalize() for word in kind.split("_"))
    return getattr(keras.layers, name)(**arguments)


@pytest.mark.parametrize("top", [255.0, 1.0])
@pytest.mark.parametrize(("kind", "arguments"), FIXED)
def test_a_fixed_change_is_that_of_keras(kind, arguments, top):
    x = images(high=top)
    if kind != "random_grayscale":
        arguments = {**arguments, "value_range": [0.0, top]}
    assert_close(ours({kind: arguments}, x), twin_of(kind, arguments)(x, training=True))


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [case for case in FIXED if case.values[0] not in {"random_brightness", "auto_contrast"}],
)
def test_channels_may_come_first(kind, arguments):
    x = images()
    y = ours({kind: {**arguments, "data_format": "channels_first"}}, channels_first(x))
    assert_close(y, channels_first(ours({kind: arguments}, x)))


def test_auto_contrast_takes_channels_first():
    y = ours({"auto_contrast": {"data_format": "channels_first"}}, channels_first(images()))
    assert_close(y, channels_first(ours("auto_contrast", images())))


def test_auto_contrast_leaves_a_plain_channel():
    x = images()
    x[..., 1] = 7.0
    y = ours("auto_contrast", x)
    assert_close(y, twin_of("auto_contrast", {})(x))
    np.testing.assert_array_equal(y[..., 1], 7.0)


@pytest.mark.parametrize("factor", [0.4, 1.0, 1.7])
def test_contrast_is_that_of_keras(factor):
    x = images()
    factors = np.full((BATCH, 1, 1, 1), factor, "float32")
    twin = keras.layers.RandomContrast(0.5)
    expected = twin.transform_images(x, {"contrast_factor": factors})
    assert_close(colours.adjust_contrast(x, factors, (0.0, 255.0)), expected)


def test_contrast_goes_down_and_up():
    x = images(low=100, high=150, batch=64)
    y = ours({"random_contrast": 0.5}, x)
    ratio = y.std((1, 2, 3)) / x.std((1, 2, 3))
    assert 0.5 < ratio.min() < 0.7
    assert 1.3 < ratio.max() < 1.5


@pytest.mark.parametrize("change", [0.0, 0.3, -0.45])
@pytest.mark.parametrize("top", [255.0, 1.0])
def test_hue_is_that_of_keras(top, change):
    x = images(high=top)
    twin = keras.layers.RandomHue(0.5, value_range=(0.0, top))
    expected = twin.transform_images(x, {"factor": np.full(BATCH, change, "float32")})
    changes = np.full((BATCH, 1, 1), change, "float32")
    assert_close(colours.adjust_hue(x, changes, (0.0, top)), expected)


def test_saturation_stays_within_0_and_1():
    x = images(high=1.0)
    arguments = {"factor": [0.9, 0.9], "value_range": [0.0, 1.0]}
    y = ours({"random_saturation": arguments}, x)
    assert_close(y, twin_of("random_saturation", arguments)(x, training=True))
    assert (y >= 0).all()


def test_colour_spaces_are_those_of_keras_and_inverse():
    x = np.concatenate([images(high=1.0), np.zeros((BATCH, 1, 7, 3), "float32")], axis=1)
    x[:, 0] = 0.5
    hsv = colours.rgb_to_hsv(x)
    assert_close(np.stack(hsv, -1), keras.ops.image.rgb_to_hsv(x))
    assert_close(colours.hsv_to_rgb(*hsv), x)
    slopes = jax.grad(lambda x: colours.hsv_to_rgb(*colours.rgb_to_hsv(x)).sum())(x)
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize(("addition", "threshold"), [(0.0, 128.0), (40.0, 100.0), (0.0, 0.0)])
@pytest.mark.parametrize("top", [255.0, 1.0])
def test_solarization_is_that_of_keras(top, addition, threshold):
    x = images(high=top)
    additions, thresholds = (np.full((BATCH, 1, 1, 1), n, "float32") for n in (addition, threshold))
    twin = keras.layers.Solarization(value_range=(0.0, top))
    drawn = {"additions": additions, "thresholds": thresholds}
    y = colours.solarize(x, additions, thresholds, (0.0, top))
    assert_close(y, twin.transform_images(x, drawn))


def test_what_solarization_adds_lies_in_its_range():
    x = np.zeros((64, 2, 2, 1), "float32")
    y = ours({"solarization": {"addition_factor": [0.2, 0.4], "threshold_factor": [1, 1]}}, x)
    assert (y >= 0.2 * 255).all()
    assert (y <= 0.4 * 255).all()


@pytest.mark.parametrize("bins", [256, 16])
def test_each_image_is_equalized_like_keras_equalizes_it_alone(bins):
    x = np.floor(images(high=100.0))
    x[0, ..., 1] = 30.0
    y = ours({"equalization": {"bins": bins}}, x)
    twin = keras.layers.Equalization(bins=bins)
    # Keras ranks the values of a batch together.
    alone = np.concatenate([np.asarray(twin(x[i : i + 1], training=True)) for i in range(BATCH)])
    # Keras rounds before it looks up a level, which may give the level below.
    assert (np.abs(y - alone) < 1e-3).mean() > 0.95
    np.testing.assert_array_equal(y[0, ..., 1], 30.0)


def test_erasing_covers_a_box_of_each_image():
    x = images(batch=32, low=1.0, high=2.0)
    arguments = {"factor": [1, 1], "scale": [0.3, 0.3], "fill_value": [0.0, 0.5, 0.25]}
    y = ours({"random_erasing": arguments}, x)
    erased = (y != x).all(-1)
    np.testing.assert_array_equal(y[erased], np.tile([0.0, 0.5, 0.25], (erased.sum(), 1)))
    rows, columns = erased.any(2), erased.any(1)
    np.testing.assert_array_equal(erased, rows[:, :, None] & columns[:, None, :])
    assert abs(erased.mean() - 0.3) < 0.05
    assert len({box.tobytes() for box in erased}) > 10


def test_noise_of_erasing_stays_in_the_range():
    y = ours({"random_erasing": {"factor": [1, 1], "value_range": [0, 1]}}, images(high=1.0))
    assert (y >= 0).all()
    assert (y <= 1).all()


def test_erasing_needs_a_value_for_each_channel():
    with pytest.raises(ShapeError, match="2 fill values for 3 channels"):
        RandomErasing(fill_value=(0.0, 1.0)).infer(TensorType((4, 4, 3)))


def test_hue_needs_three_channels():
    with pytest.raises(ShapeError, match="has 4 channels"):
        RandomHue(0.5).infer(TensorType((4, 4, 4)))


def test_a_value_range_rises():
    with pytest.raises(ValidationError, match="smaller than the second"):
        AutoContrast((1.0, 1.0))


def test_a_kernel_has_a_middle():
    with pytest.raises(ValidationError, match="has to be odd"):
        RandomGaussianBlur(kernel_size=(3, 4))
