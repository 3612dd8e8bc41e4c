import jax
import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.dropout import Dropout, dropout
from tests.library.layers.parity import assert_same

ROWS, COLUMNS = 200, 50


def dropped(x, rate, noise_shape=None, seed=None, key=0, train=True):
    return np.asarray(
        dropout(
            x,
            rate=rate,
            noise_shape=noise_shape,
            seed=seed,
            key=jax.random.key(key),
            train=train,
        )
    )


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_part_and_scales_the_rest(rate):
    x = np.full((ROWS, COLUMNS), 3.0, "float32")
    y = dropped(x, rate)
    deviation = np.sqrt(rate * (1 - rate) / x.size)
    assert abs((y == 0).mean() - rate) < 5 * deviation
    np.testing.assert_allclose(y[y != 0], 3.0 / (1 - rate), 1e-6)


def test_dropout_drops_as_much_as_keras():
    x = np.ones((ROWS, COLUMNS), "float32")
    theirs = np.asarray(keras.layers.Dropout(0.3, seed=1)(x, training=True))
    ours = dropped(x, 0.3)
    assert set(np.unique(ours)) == set(np.unique(theirs))
    assert abs((ours == 0).mean() - (theirs == 0).mean()) < 0.03


@pytest.mark.parametrize(("rate", "train"), [(0.5, False), (0.0, True)])
def test_dropout_does_nothing_outside_of_training_or_without_a_rate(rate, train):
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(dropped(x, rate, train=train), x)


def test_inference_is_that_of_keras():
    twin = keras.Sequential([keras.layers.Dropout(0.4)])
    twin.trainable = False
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(dropped(x, 0.4, train=False), twin(x, training=False))


def test_rate_zero_is_identity_in_both_modes():
    assert_same({"dropout": 0.0}, keras.layers.Dropout(0.0), (2, 3))


@pytest.mark.parametrize(
    ("noise_shape", "axis"),
    [
        pytest.param((None, 1), 1, id="rows together"),
        pytest.param((1, None), 0, id="columns together"),
    ],
)
def test_a_noise_shape_shares_the_choice_along_an_axis(noise_shape, axis):
    kept = dropped(np.ones((ROWS, COLUMNS), "float32"), 0.5, noise_shape) != 0
    assert (kept.all(axis) | ~kept.any(axis)).all()
    assert 0 < kept.mean() < 1


def test_keys_and_seeds_choose_the_elements():
    x = np.ones((ROWS, COLUMNS), "float32")
    first = dropped(x, 0.5)
    np.testing.assert_array_equal(first, dropped(x, 0.5))
    assert (first != dropped(x, 0.5, key=1)).any()
    assert (first != dropped(x, 0.5, seed=1)).any()
    assert (dropped(x, 0.5, seed=1) != dropped(x, 0.5, seed=2)).any()


def test_the_gradient_passes_where_the_input_passed():
    x = np.ones((4, 5), "float32")
    y, vjp = jax.vjp(
        lambda x: dropout(
            x, rate=0.5, noise_shape=None, seed=None, key=jax.random.key(0), train=True
        ),
        x,
    )
    np.testing.assert_array_equal(vjp(np.ones_like(x))[0], np.asarray(y))


@pytest.mark.parametrize("noise_shape", [(None, 2), (None,), (3, None)])
def test_a_noise_shape_has_to_broadcast(noise_shape):
    with pytest.raises(ShapeError, match="does not broadcast"):
        Dropout(rate=0.5, noise_shape=noise_shape).infer(TensorType((5,)))
