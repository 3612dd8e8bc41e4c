import keras
import numpy as np
import pytest

from tests.library.images import assert_close, channels_first, images, ours

X = images(batch=100)
SIZE = {"height": 6, "width": 5}


def corners(y):
    """Where each example was cut."""
    places = [(i, j) for i in range(3) for j in range(3)]
    cuts = np.stack([(X[:, i : i + 6, j : j + 5] == y).all((1, 2, 3)) for i, j in places])
    assert (cuts.sum(0) == 1).all()
    return [places[n] for n in cuts.argmax(0)]


def test_every_example_is_cut_at_a_place_of_its_own():
    assert len(set(corners(ours({"random_crop": SIZE}, X)))) == 9


def test_channels_may_come_first():
    item = {"random_crop": {**SIZE, "data_format": "channels_first"}}
    y = channels_first(ours({"random_crop": SIZE}, X))
    np.testing.assert_array_equal(ours(item, channels_first(X)), y)


@pytest.mark.parametrize("size", [(6, 5), (9, 4), (12, 12)], ids=str)
def test_outside_of_training_the_middle_is_scaled(size):
    height, width = size
    twin = keras.layers.Resizing(height, width, crop_to_aspect_ratio=True)
    y = ours({"random_crop": {"height": height, "width": width}}, X, train=False)
    assert_close(y, twin(X))


def test_a_small_image_is_scaled_in_training_too():
    item = {"random_crop": {"height": 12, "width": 5}}
    np.testing.assert_array_equal(ours(item, X), ours(item, X, train=False))
