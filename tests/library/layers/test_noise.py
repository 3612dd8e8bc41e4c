"""Layers that disturb their input while training."""

import jax
import keras
import numpy as np
import pytest

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

NORMAL = np.random.default_rng(0).normal(size=(400, 50)).astype("float32")
TABLE = [
    ("gaussian_noise", keras.layers.GaussianNoise, {"stddev": 0.4}),
    ("gaussian_dropout", keras.layers.GaussianDropout, {"rate": 0.3}),
    ("alpha_dropout", keras.layers.AlphaDropout, {"rate": 0.2}),
]
CASES = [pytest.param(*row, id=row[0]) for row in TABLE]


def trained(kind, arguments, x, key=0, train=True):
    call = entries("layer")[kind](**arguments).lower()
    return np.asarray(call.function(x, **call.settings, key=jax.random.key(key), train=train))


@pytest.mark.parametrize(("kind", "twin", "arguments"), CASES)
def test_noise_has_the_distribution_that_it_has_in_keras(kind, twin, arguments):
    ours = np.sort(trained(kind, arguments, NORMAL).ravel())
    theirs = np.sort(np.asarray(twin(**arguments, seed=1)(NORMAL, training=True)).ravel())
    middle = slice(len(ours) // 100, -len(ours) // 100)
    assert np.abs(ours[middle] - theirs[middle]).mean() < 0.03
    np.testing.assert_allclose(ours.mean(), theirs.mean(), atol=0.03)
    np.testing.assert_allclose(ours.std(), theirs.std(), atol=0.03)


def test_alpha_dropout_keeps_mean_and_variance():
    y = trained("alpha_dropout", {"rate": 0.3}, NORMAL)
    np.testing.assert_allclose([y.mean(), y.std()], [0.0, 1.0], atol=0.03)


@pytest.mark.parametrize(("kind", "twin", "arguments"), CASES)
def test_noise_of_strength_zero_is_identity_in_both_modes(kind, twin, arguments):
    (name,) = arguments
    assert_same({kind: {name: 0.0}}, twin(0.0), (2, 3))


@pytest.mark.parametrize(("kind", "twin", "arguments"), CASES)
def test_noise_does_nothing_outside_of_training(kind, twin, arguments):
    np.testing.assert_array_equal(trained(kind, arguments, NORMAL, train=False), NORMAL)


@pytest.mark.parametrize(("kind", "twin", "arguments"), CASES)
def test_keys_and_seeds_choose_the_noise(kind, twin, arguments):
    first = trained(kind, arguments, NORMAL)
    np.testing.assert_array_equal(first, trained(kind, arguments, NORMAL))
    assert (first != trained(kind, arguments, NORMAL, key=1)).any()
    assert (first != trained(kind, {**arguments, "seed": 1}, NORMAL)).any()


def test_alpha_dropout_shares_its_choice_along_an_axis():
    x = np.ones((40, 30), "float32")
    y = trained("alpha_dropout", {"rate": 0.5, "noise_shape": (None, 1)}, x)
    assert (y == y[:, :1]).all()
    assert len(np.unique(y)) == 2
    with pytest.raises(ShapeError, match="does not broadcast"):
        entries("layer")["alpha_dropout"](0.5, noise_shape=(1,)).infer(TensorType((5,)))


SPATIAL = [
    pytest.param("spatial_dropout1d", {}, (50, 4, 20), (1,), id="sequence"),
    pytest.param("spatial_dropout2d", {}, (50, 2, 3, 20), (1, 2), id="image"),
    pytest.param(
        "spatial_dropout2d",
        {"data_format": "channels_first"},
        (50, 20, 2, 3),
        (2, 3),
        id="image, channels first",
    ),
    pytest.param("spatial_dropout3d", {}, (50, 2, 2, 2, 20), (1, 2, 3), id="volume"),
]


@pytest.mark.parametrize(("kind", "arguments", "shape", "places"), SPATIAL)
def test_spatial_dropout_drops_channels(kind, arguments, shape, places):
    y = trained(kind, {"rate": 0.4, **arguments}, np.ones(shape, "float32"))
    kept = y != 0
    np.testing.assert_allclose(y[kept], 1 / 0.6, 1e-6)
    assert (kept.all(places) == kept.any(places)).all()
    assert abs(kept.mean() - 0.6) < 0.06


@pytest.mark.parametrize(
    ("kind", "twin", "shape"),
    [
        ("spatial_dropout1d", keras.layers.SpatialDropout1D, (3, 4)),
        ("spatial_dropout2d", keras.layers.SpatialDropout2D, (3, 2, 4)),
        ("spatial_dropout3d", keras.layers.SpatialDropout3D, (2, 2, 2, 3)),
    ],
)
def test_spatial_dropout_without_a_rate_is_that_of_keras(kind, twin, shape):
    assert_same({kind: 0.0}, twin(0.0), shape)
    with pytest.raises(ShapeError, match="one of channels"):
        entries("layer")[kind](0.5).infer(TensorType((*shape, 2)))


@pytest.mark.parametrize(
    "item",
    [
        {"gaussian_noise": 0.2},
        {"gaussian_dropout": {"rate": 0.2, "seed": 1}},
        {"alpha_dropout": {"rate": 0.2, "noise_shape": [None, 1, None]}},
        {"spatial_dropout1d": 0.2},
    ],
    ids=lambda item: next(iter(item)),
)
def test_noise_is_printed_as_it_runs(item):
    assert_same_model(compiled([item], {"x": TensorType((3, 4))}))
