from __future__ import annotations

import base64
import io

import numpy as np
import pytest

from kc.report.images import data_url, is_image, png


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_holds_the_pixels(channels):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    with image.open(io.BytesIO(png(pixels))) as read:
        np.testing.assert_array_equal(np.asarray(read).reshape(pixels.shape), pixels)


def test_values_go_from_dark_to_bright():
    image = pytest.importorskip("PIL.Image")
    url = data_url(np.array([[-1.0, 0.0], [1.0, np.nan]]), -1.0, 1.0)
    head, content = url.split(",")
    assert head == "data:image/png;base64"
    with image.open(io.BytesIO(base64.b64decode(content))) as read:
        assert np.asarray(read).tolist() == [[0, 128], [255, 128]]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((28, 28), True),
        ((28, 28, 1), True),
        ((32, 48, 3), True),
        ((64,), False),
        ((100, 3), False),
        ((8, 8, 16), False),
        ((9, 9, 9, 3), False),
    ],
)
def test_what_looks_like_an_image(shape, expected):
    assert is_image(shape) is expected
