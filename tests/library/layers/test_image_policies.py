"""Layers that combine augmentations at random."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kc.library.images.policies import ALL_AUGMENTATIONS, MOVES_AND_TONES, augmented
from tests.library.images import assert_close, images, ours

NUMBERS = jnp.arange(ALL_AUGMENTATIONS + 1)
X = np.repeat(images(batch=1), len(NUMBERS), axis=0)


def after(numbers, count=ALL_AUGMENTATIONS):
    return np.asarray(
        augmented(
            jnp.asarray(X),
            numbers,
            factor=(0.2, 0.3),
            value_range=(0.0, 255.0),
            interpolation="bilinear",
            key=jax.random.key(0),
            count=count,
        )
    )


@pytest.mark.slow
def test_each_number_is_another_augmentation_and_the_last_is_none():
    y = after(NUMBERS)
    assert len({example.tobytes() for example in y}) == len(NUMBERS)
    np.testing.assert_array_equal(y[-1], X[-1])
    assert_close(y[5:6], ours("auto_contrast", X[:1]))
    assert_close(y[6:7], ours("equalization", X[:1]))


def test_some_augmentations_can_be_left_out():
    changed = (after(NUMBERS, MOVES_AND_TONES) != X).any((1, 2, 3))
    assert changed.tolist() == [True] * MOVES_AND_TONES + [False] * 5


@pytest.mark.slow
def test_rand_augment_draws_for_each_image():
    y = ours({"rand_augment": {"num_ops": 1}}, X)
    assert len({example.tobytes() for example in y}) > 4


@pytest.mark.parametrize("factor", [0, [0.3, 0.3]], ids=str)
def test_aug_mix_stays_between_the_values_of_plain_images(factor):
    x = np.full((8, 6, 6, 3), 100.0, "float32")
    y = ours({"aug_mix": {"factor": factor}}, x)
    assert y.min() >= 0
    assert y.max() <= 255
