"""Layers that move the cells of images: with what they draw fixed, they do what Keras does."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.library.images.draws import sign_per_example
from kc.library.images.sampling import sample
from kc.library.layers.random_elastic_transform import waves
from kc.library.layers.random_perspective import perspective
from kc.library.layers.random_zoom import RandomZoom
from tests.library.images import BATCH, HEIGHT, WIDTH, assert_close, channels_first, images, ours

TWINS = {
    "random_translation": keras.layers.RandomTranslation,
    "random_rotation": keras.layers.RandomRotation,
    "random_zoom": keras.layers.RandomZoom,
}
MOVES = [
    pytest.param("random_translation", {"height_factor": 0.21, "width_factor": -0.33}, id="shift"),
    pytest.param("random_translation", {"height_factor": 0.9, "width_factor": 0.77}, id="far"),
    pytest.param("random_rotation", {"factor": 0.113}, id="turn"),
    pytest.param("random_rotation", {"factor": -0.4}, id="turn back"),
    pytest.param("random_zoom", {"height_factor": 0.37}, id="out"),
    pytest.param("random_zoom", {"height_factor": -0.41, "width_factor": 0.83}, id="in and out"),
]
WAYS = [
    pytest.param({}, id="reflect"),
    pytest.param({"fill_mode": "wrap"}, id="wrap"),
    pytest.param({"fill_mode": "constant", "fill_value": 17.0}, id="constant"),
    pytest.param({"fill_mode": "nearest"}, id="edge"),
    pytest.param({"interpolation": "nearest"}, id="nearest cell"),
    pytest.param({"data_format": "channels_first"}, id="channels first"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "move"), MOVES)
def test_a_fixed_move_is_that_of_keras(kind, move, way):
    x = images(channels=2)
    if "data_format" in way:
        x = channels_first(x)
    arguments = {name: [factor, factor] for name, factor in move.items()} | way
    twin = TWINS[kind](**arguments)
    assert_close(ours({kind: arguments}, x), twin(x, training=True))


@pytest.mark.parametrize("way", WAYS)
def test_a_fixed_shear_is_that_of_keras_to_either_side(way):
    x = images(channels=2, batch=12)
    if "data_format" in way:
        x = channels_first(x)
    arguments = {"x_factor": [0.23, 0.23], "y_factor": [0.41, 0.41]} | way
    twin = keras.layers.RandomShear(**arguments)
    shear = np.tile([[0.23, 0.41]], (12, 1)).astype("float32")
    right, left = (
        np.asarray(twin.transform_images(x, {"shear_factor": s * shear, "input_shape": x.shape}))
        for s in (1, -1)
    )
    y = ours({"random_shear": arguments}, x)
    slanted_right = [np.allclose(a, b, 1e-4, 1e-3) for a, b in zip(y, right, strict=True)]
    assert 0 < sum(slanted_right) < 12
    assert_close(y, np.where(np.array(slanted_right)[:, None, None, None], right, left))


@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_moved_corners_are_those_of_keras(interpolation):
    x = images()
    moved = np.random.default_rng(1).uniform(-0.4, 0.4, (BATCH, 4, 2)).astype("float32")
    right, bottom = WIDTH - 1, HEIGHT - 1
    start = np.array([[[0, 0], [right, 0], [0, bottom], [right, bottom]]] * BATCH, "float32")
    twin = keras.layers.RandomPerspective(interpolation=interpolation, fill_value=9.0)
    drawn = {
        "apply_perspective": np.ones(BATCH, bool),
        "start_points": start,
        "end_points": start + start * moved,
    }
    expected = twin.transform_images(x, drawn)
    assert_close(perspective(jnp.asarray(x), moved, interpolation, 9.0), expected)


def test_perspective_without_a_scale_changes_nothing():
    x = images()
    assert_close(ours({"random_perspective": {"factor": [1, 1], "scale": 0.0}}, x), x)


@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_waves_are_those_of_keras(strength):
    x = images()
    seed = 3
    shape = (BATCH, HEIGHT, WIDTH)
    # Keras draws the same noise for both directions.
    noise = jax.random.normal(np.array([seed, 0], "uint32"), shape)[..., None]
    rows, columns = waves(jnp.stack([noise, noise]), jnp.full((BATCH, 1, 1, 1), strength), strength)
    down, right = np.arange(HEIGHT)[:, None], np.arange(WIDTH)
    y = sample(jnp.asarray(x), down + rows, right + columns)
    expected = keras.ops.image.elastic_transform(
        x, 0.1 * HEIGHT * strength, 0.05 * WIDTH * strength, seed=seed
    )
    assert_close(y, expected)


def test_waves_move_rows_and_columns_apart():
    x = np.broadcast_to(np.arange(8.0, dtype="float32")[:, None, None] * 30, (BATCH, 8, 7, 1))
    y = ours({"random_elastic_transform": {"factor": [1, 1], "scale": [1, 1]}}, np.array(x))
    assert (y != x).mean() > 0.5
    assert (y >= 0).all()
    assert (y <= 255).all()


def test_half_of_the_signs_are_negative():
    signs = np.asarray(sign_per_example(jax.random.key(0), np.zeros((200, 1, 1, 1))))
    assert set(signs.ravel()) == {-1.0, 1.0}
    assert abs(signs.mean()) < 0.3


def test_zoom_cannot_show_nothing():
    with pytest.raises(ValidationError, match="leaves nothing to see"):
        RandomZoom(-1.0)
