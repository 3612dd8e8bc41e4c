import numpy as np
import pytest

from tests.library.images import channels_first, images, ours

X = images(batch=64)
MIRRORED = {"horizontal": X[:, :, ::-1], "vertical": X[:, ::-1]}


def found(y, candidates):
    """Which candidate each example of y is."""
    matches = np.stack([(y == c).all((1, 2, 3)) for c in candidates])
    assert (matches.sum(0) == 1).all()
    return matches.argmax(0)


@pytest.mark.parametrize("mode", MIRRORED)
def test_about_half_of_the_images_are_mirrored(mode):
    which = found(ours({"random_flip": mode}, X), [X, MIRRORED[mode]])
    assert 16 < which.sum() < 48


def test_both_directions_are_drawn_by_themselves():
    both = X[:, ::-1, ::-1]
    which = found(ours("random_flip", X), [X, *MIRRORED.values(), both])
    assert (np.bincount(which, minlength=4) > 4).all()


def test_channels_may_come_first():
    y = ours({"random_flip": {"data_format": "channels_first"}}, channels_first(X))
    np.testing.assert_array_equal(y, channels_first(ours("random_flip", X)))
