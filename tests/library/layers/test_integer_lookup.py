"""Keras's own layer needs TensorFlow: the numbers are those of its documentation and tests."""

import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.integer_lookup import IntegerLookup
from tests.library.images import ours

VOCABULARY = [12, 36, 1138, 42]


def looked_up(x, **arguments):
    return ours({"integer_lookup": {"vocabulary": VOCABULARY, **arguments}}, np.array(x, "int32"))


def test_indices_are_those_of_keras():
    x = [[12, 1138, 42], [42, 1000, 36]]
    np.testing.assert_array_equal(looked_up(x), [[1, 3, 4], [4, 0, 2]])


def test_unknown_numbers_share_several_indices():
    x = [[12, 1138, 42], [37, 1000, 36]]
    np.testing.assert_array_equal(looked_up(x, num_oov_indices=2), [[2, 4, 5], [1, 0, 3]])


def test_the_mask_token_comes_first():
    x = [[12, 0, 7], [-3, 42, 0]]
    y = looked_up(x, mask_token=0, num_oov_indices=3)
    np.testing.assert_array_equal(y, [[4, 0, 2], [1, 7, 0]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("one_hot", [[[0, 1, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]]),
        ("multi_hot", [[1, 1, 0, 0, 0]]),
        ("count", [[1, 2, 0, 0, 0]]),
    ],
)
def test_vectors_have_a_place_for_each_index(mode, expected):
    np.testing.assert_array_equal(looked_up([[12, 12, 7]], output_mode=mode), expected)


def test_vectors_have_no_place_for_the_mask_token():
    y = looked_up([[12, 0, 7]], output_mode="count", mask_token=0)
    np.testing.assert_array_equal(y, [[1, 1, 0, 0, 0]])


def test_vectors_can_be_longer():
    y = looked_up([[42]], output_mode="one_hot", max_tokens=7, pad_to_max_tokens=True)
    np.testing.assert_array_equal(y, [[0, 0, 0, 0, 1, 0, 0]])


@pytest.mark.parametrize("mask_token", [None, 0])
def test_invert_goes_back(mask_token):
    x = [[12, 36, 42, 5]]
    y = looked_up(looked_up(x, mask_token=mask_token), mask_token=mask_token, invert=True)
    np.testing.assert_array_equal(y, [[12, 36, 42, -1]])
    far = looked_up([[0, 99]], mask_token=mask_token, invert=True)
    np.testing.assert_array_equal(far, [[-1 if mask_token is None else 0, -1]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": (1, 1)}, "stands twice"),
        ({"vocabulary": (1, 2), "mask_token": 2}, "may not stand"),
        ({"vocabulary": (1, 2), "max_tokens": 2}, "has 3 indices"),
        ({"vocabulary": (1, 2), "pad_to_max_tokens": True}, "needs `max_tokens`"),
        ({"vocabulary": (1, 2), "invert": True, "output_mode": "count"}, "needs `output_mode"),
    ],
)
def test_arguments_have_to_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        IntegerLookup(**arguments)


def test_floats_have_no_index():
    with pytest.raises(ShapeError, match="needs whole numbers"):
        IntegerLookup(vocabulary=(1,)).infer(TensorType((2,)))
