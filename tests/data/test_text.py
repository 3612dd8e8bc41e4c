"""Texts of any kind become `str` objects, or are refused."""

import numpy as np
import pytest

from kc.core.data import DataError, Examples
from kc.core.types import TensorType
from kc.runtime.data.arrays import from_arrays
from kc.runtime.data.fingerprint import fingerprint
from kc.runtime.data.prepare import prepare

TEXT = TensorType((), "string")


def prepared(array, kind=TEXT):
    return prepare(from_arrays({"x": array}, None, ["x"], []), {"x": kind}, {}).inputs["x"]


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(["a", "é"], id="list"),
        pytest.param(np.array(["a", "é"]), id="U"),
        pytest.param(np.array([b"a", "é".encode()]), id="S"),
        pytest.param(np.array(["a", "é".encode()], object), id="objects"),
        pytest.param(np.array(["a", "é"], np.dtypes.StringDType()), id="StringDType"),
        pytest.param(np.array([["a"], ["é"]]), id="a column"),
    ],
)
def test_texts_become_objects_of_str(array):
    texts = prepared(array)
    assert (texts.dtype, texts.shape) == (object, (2,))
    assert [(type(text), text) for text in texts] == [(str, "a"), (str, "é")]


def test_several_texts_for_each_example_keep_their_axes():
    texts = prepared(np.array([["a", "b"], ["c", "d"]]), TensorType((2,), "string"))
    assert texts.tolist() == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(2), "`x` holds float64, the model takes text"),
        (np.array([b"a", b"\xff"]), "`x` holds bytes that are not UTF-8, in example 1"),
    ],
)
def test_what_is_no_text_is_refused(array, message):
    with pytest.raises(DataError) as caught:
        prepared(array)
    assert (caught.value.code.id, caught.value.message) == ("KC414", message)


def test_an_object_that_is_no_text_is_named():
    with pytest.raises(DataError, match="`None`, which is no text, in example 1"):
        prepare(Examples({"x": np.array(["a", None], object)}), {"x": TEXT}, {})


def test_numbers_are_no_texts_for_a_model_of_numbers():
    with pytest.raises(DataError, match="`x` holds text, not numbers"):
        prepared(np.array(["1", "2"]), TensorType(()))


def test_the_fingerprint_knows_where_texts_end():
    def of(*texts):
        return fingerprint(Examples({"x": np.array([*texts], object)}))

    assert of("ab", "c") == of("ab", "c")
    assert len({of("ab", "c"), of("a", "bc"), of("ab", "d"), of("abc", "")}) == 4
