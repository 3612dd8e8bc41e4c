"""Mixings against their formulas in NumPy, with the shares and partners that were drawn."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kc.library.mixing import blend, partners
from kc.library.mixings.cut_mix import cut_mix
from kc.library.mixings.mix_up import mix_up

ALL = jnp.ones(64)
KEY = jax.random.key(0)


def images(rows=64, height=6, width=8):
    return np.random.default_rng(0).random((rows, height, width, 3)).astype("float32")


def test_blending_is_the_formula():
    x, share = images(3), np.array([0.25, 0.5, 1], "float32")
    rows = share[:, None, None, None]
    expected = rows * x + (1 - rows) * x[[2, 0, 1]]
    np.testing.assert_allclose(blend(x, np.array([2, 0, 1]), share), expected, rtol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 5, 8])
def test_valid_rows_have_valid_partners_and_each_is_one_once(count):
    valid = np.zeros(8, "float32")
    valid[np.random.default_rng(0).permutation(8)[:count]] = 1
    found = np.asarray(partners(KEY, jnp.asarray(valid)))
    np.testing.assert_array_equal(np.sort(found), np.arange(8))
    np.testing.assert_array_equal(valid[found], valid)
    np.testing.assert_array_equal(found[valid == 0], np.flatnonzero(valid == 0))


def test_partners_are_drawn_anew_by_each_key():
    found = [np.asarray(partners(jax.random.key(seed), ALL)) for seed in range(2)]
    assert (found[0] != found[1]).any()
    assert (found[0] != np.arange(64)).any()


def test_mix_up_lays_images_over_each_other():
    x = images()
    y, partner, share = map(np.asarray, mix_up(x, alpha=0.4, valid=ALL, key=KEY))
    rows = share[:, None, None, None]
    np.testing.assert_allclose(y, rows * x + (1 - rows) * x[partner], rtol=1e-5, atol=1e-6)


def test_mix_up_is_that_of_keras_for_the_same_draws():
    x, rows = images(), np.eye(64, dtype="float32")
    y, partner, share = map(np.asarray, mix_up(x, alpha=0.4, valid=ALL, key=KEY))
    layer, drawn = keras.layers.MixUp(), {"mix_weight": share, "permutation_order": partner}
    np.testing.assert_allclose(layer.transform_images(x, drawn), y, rtol=1e-5, atol=1e-6)
    blended = layer.transform_labels(rows, drawn)
    np.testing.assert_allclose(blended, blend(rows, partner, share), rtol=1e-5)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_of_mix_up_follow_a_beta_distribution(alpha):
    rows = 4000
    _, _, share = mix_up(np.zeros((rows, 1, 1, 1)), alpha=alpha, valid=jnp.ones(rows), key=KEY)
    assert abs(float(share.mean()) - 0.5) < 0.03
    assert abs(float(share.var()) - 1 / (4 * (2 * alpha + 1))) < 0.02


def test_cut_mix_pastes_a_box_of_the_partner():
    x = images()
    y, partner, _ = map(np.asarray, cut_mix(x, valid=ALL, key=KEY))
    pasted = (y != x).any(-1)
    own = np.broadcast_to(pasted[..., None], x.shape)
    np.testing.assert_array_equal(y, np.where(own, x[partner], x))
    for cells in pasted[pasted.any((1, 2))]:
        rows, columns = cells.any(1), cells.any(0)
        np.testing.assert_array_equal(cells, rows[:, None] & columns)
        for line in (rows, columns):
            assert np.ptp(np.flatnonzero(line)) + 1 == line.sum()


def test_the_share_of_cut_mix_is_the_area_that_the_box_leaves():
    # The fewer cells, the more the box's border rounds.
    x = images(height=100, width=50)
    y, partner, share = map(np.asarray, cut_mix(x, factor=(1.0, 1.0), valid=ALL, key=KEY))
    others = partner != np.arange(64)
    left = (y == x).all(-1).mean((1, 2))
    np.testing.assert_allclose(left[others], share[others], atol=0.03)


def test_cut_mix_finds_channels_where_the_data_format_has_them():
    x = images()
    last, partner, share = cut_mix(x, valid=ALL, key=KEY)
    moved = np.moveaxis(x, -1, 1)
    first = cut_mix(moved, data_format="channels_first", valid=ALL, key=KEY)
    np.testing.assert_array_equal(np.moveaxis(first[0], 1, -1), last)
    np.testing.assert_array_equal(first[1], partner)
    np.testing.assert_array_equal(first[2], share)


@pytest.mark.parametrize("factor", [(0.0, 0.0), (0.0, 1.0)])
def test_shares_are_numbers_from_0_to_1(factor):
    for seed in range(5):
        _, _, share = cut_mix(images(), factor=factor, valid=ALL, key=jax.random.key(seed))
        assert bool(((share >= 0) & (share <= 1)).all())
