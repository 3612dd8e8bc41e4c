"""Bins are compared with Keras's in ``tests/library/text/test_keras.py``."""

import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.hashing import Hashing
from kc.library.text_hashes import farmhash, siphash


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0x9AE16A3B2F90404F), ("a", 12917804110809363939), ("hello", 13009744463427800296)],
)
def test_farmhash_gives_the_numbers_of_tensorflow(text, expected):
    assert farmhash(text.encode()) == expected


def test_siphash_gives_the_numbers_of_its_paper():
    key = tuple(int.from_bytes(bytes(range(i, i + 8)), "little") for i in (0, 8))
    assert siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert siphash(b"", key) == 0x726FDB47DD0E0E31


def test_one_number_is_a_key_of_two():
    assert Hashing(num_bins=3, salt=5) == Hashing(num_bins=3, salt=(5, 5))


@pytest.mark.parametrize(
    ("arguments", "x", "message"),
    [
        ({}, TensorType((2,)), "needs whole numbers"),
        ({"mask_value": "a"}, TensorType((2,), "int32"), "cannot find the `mask_value` 'a'"),
        ({"mask_value": 1}, TensorType((2,), "string"), "cannot find the `mask_value` 1"),
    ],
)
def test_inputs_have_to_fit(arguments, x, message):
    with pytest.raises(ShapeError, match=message):
        Hashing(num_bins=2, **arguments).infer(x)
