"""Keras's own layer needs TensorFlow: numbers are those of its tests, and of FarmHash itself."""

import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.hashes import K0, K2, farmhash
from kc.library.layers.hashing import Hashing
from tests.library.images import ours

LIMIT = 2**64
NUMBERS = [0, 7, 10, 99, 123, -5, -12, -123, 1234, 4567890, -999999, 12345678, -1234567]
NUMBERS += [2**31 - 1, -(2**31), -987654321, 1000000000, 99999999]


def fold(a):
    return a ^ a >> 47


def mixed(a, b, factor):
    first = fold((a ^ b) * factor % LIMIT)
    return fold((b ^ first) * factor % LIMIT) * factor % LIMIT


def rotated(a, n):
    return (a >> n | a << 64 - n) % LIMIT


def fingerprint(text):
    """FarmHash of up to 16 bytes, in Python's whole numbers."""
    n, number = len(text), lambda part: int.from_bytes(part, "little")
    factor = (K2 + 2 * n) % LIMIT
    if n < 4:
        sides, last = text[0] + (text[n >> 1] << 8), n + (text[-1] << 2)
        return fold((sides * K2 ^ last * K0) % LIMIT) * K2 % LIMIT
    if n < 8:
        return mixed(n + (number(text[:4]) << 3), number(text[-4:]), factor)
    a, b = (number(text[:8]) + K2) % LIMIT, number(text[-8:])
    turned = (rotated(b, 37) * factor + a) % LIMIT
    return mixed(turned, (rotated(a, 25) + b) * factor % LIMIT, factor)


def test_the_reference_gives_the_bins_of_words_in_the_tests_of_keras():
    words = ["omar", "stringer", "marlo", "wire", "skywalker"]
    assert [fingerprint(word.encode()) % 2 for word in words] == [0, 0, 1, 0, 0]
    assert [fingerprint(word.encode()) % 3 for word in "ABCDE"] == [1, 0, 1, 1, 2]


def test_numbers_of_every_length_have_their_hash():
    high, low = (np.asarray(part).tolist() for part in farmhash(np.array(NUMBERS, "int32")))
    found = [(a << 32) + b for a, b in zip(high, low, strict=True)]
    assert found == [fingerprint(str(n).encode()) for n in NUMBERS]


@pytest.mark.parametrize("bins", [1, 3, 1000, 2**31 - 1])
def test_bins_are_the_rest_of_a_division(bins):
    y = ours({"hashing": bins}, np.array([NUMBERS], "int32"))
    assert y.tolist() == [[fingerprint(str(n).encode()) % bins for n in NUMBERS]]


def test_bins_are_those_of_keras():
    x = np.array([[0], [1], [2], [3], [4]], "int32")
    assert ours({"hashing": 3}, x).ravel().tolist() == [1, 0, 1, 0, 2]
    one_hot = ours({"hashing": {"num_bins": 3, "output_mode": "one_hot"}}, x)
    np.testing.assert_array_equal(one_hot, np.eye(3)[[1, 0, 1, 0, 2]])


def test_a_mask_value_has_a_bin_of_its_own():
    y = ours({"hashing": {"num_bins": 4, "mask_value": 2}}, np.array([[0, 1, 2, 3, 4]], "int32"))
    assert y.tolist() == [[2, 1, 0, 1, 3]]


def test_floats_have_no_bin():
    with pytest.raises(ShapeError, match="needs whole numbers"):
        Hashing(num_bins=2).infer(TensorType((2,)))
