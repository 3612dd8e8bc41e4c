"""Indices and vectors are compared with Keras's in ``tests/library/text/test_keras.py``."""

from collections import Counter

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.feature_extraction.text import CountVectorizer

from kc.core.types import ShapeError, TensorType
from kc.library.layers.string_lookup import StringLookup
from tests.library.text.cases import of_text

TEXT = TensorType((3,), "string")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": ("a", "a")}, "`a` stands twice"),
        ({"vocabulary": ("a", ""), "mask_token": ""}, "may not stand"),
        ({"vocabulary": ("[UNK]", "a", "[UNK]"), "invert": True}, "may not stand"),
        ({"vocabulary": ("a", "b"), "max_tokens": 2}, "has 3 indices"),
        ({"max_tokens": 1}, "has to be more than 1"),
        ({"vocabulary": ("a",), "pad_to_max_tokens": True}, "needs `max_tokens`"),
        ({"vocabulary": ("a",), "invert": True, "output_mode": "count"}, "needs `output_mode"),
        ({"invert": True}, "needs a `vocabulary`"),
        ({"vocabulary": ("a",), "idf_weights": (1.0,)}, "are for `output_mode: tf_idf`"),
        ({"vocabulary": ("a",), "output_mode": "tf_idf"}, "needs its `idf_weights`"),
        (
            {"vocabulary": ("a",), "output_mode": "tf_idf", "idf_weights": (1.0, 2.0)},
            "equally long",
        ),
        ({"vocabulary": "words.txt"}, "write the lines of the file"),
    ],
)
def test_arguments_have_to_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        StringLookup(**arguments)


@pytest.mark.parametrize(
    ("arguments", "x", "message"),
    [
        ({}, TensorType((3,)), "needs text"),
        ({"vocabulary": ("a",), "invert": True}, TEXT, "needs whole numbers"),
        ({"output_mode": "count"}, TEXT, "needs a vocabulary"),
    ],
)
def test_inputs_have_to_fit(arguments, x, message):
    with pytest.raises(ShapeError, match=message):
        StringLookup(**arguments).infer(x)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, TensorType((3,), "int32")),
        ({"output_mode": "count", "max_tokens": 9, "pad_to_max_tokens": True}, TensorType((9,))),
    ],
)
def test_types_that_do_not_need_the_vocabulary_are_known_before_it(arguments, expected):
    layer = StringLookup(**arguments)
    assert not layer.fitted
    assert layer.infer(TEXT).output == expected


def test_examples_without_tokens_give_no_vocabulary():
    with pytest.raises(ShapeError, match="finds no tokens"):
        StringLookup(mask_token="").fit([np.array([["", "[UNK]"]], object)])


def test_found_weights_and_counts_are_those_of_a_slow_count():
    rng = np.random.default_rng(0)
    rows = rng.choice(["a", "b", "c", "d", "e"], (30, 4), p=[0.4, 0.3, 0.2, 0.07, 0.03])
    layer = StringLookup(output_mode="tf_idf").fit([rows.astype(object)])
    y = of_text({"string_lookup": layer.arguments()}, rows.astype(object))
    for row, vector in zip(rows, y, strict=True):
        for token, score in zip(layer.vocabulary, vector[1:], strict=True):
            held = sum(token in other for other in rows)
            expected = Counter(row)[token] * np.log(1 + 30 / (1 + held))
            np.testing.assert_allclose(score, expected, 1e-5)


def test_counts_are_those_of_scikit_learn():
    texts = np.array([["b", "a", "b"], ["c", "z", "a"]], object)
    vectorizer = CountVectorizer(analyzer=list, vocabulary=["a", "b", "c"])
    y = of_text({"string_lookup": {"vocabulary": ["a", "b", "c"], "output_mode": "count"}}, texts)
    np.testing.assert_array_equal(y[:, 1:], vectorizer.transform(texts).toarray())


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_batches_give_what_all_values_at_once_give(mode):
    rows = np.array([["a", "b"], ["a", "c"], ["b", "a"], ["d", "d"]], object)
    whole, parts = (StringLookup(output_mode=mode).fit(b) for b in ([rows], np.split(rows, [1, 3])))
    assert whole.arguments() == parts.arguments()
