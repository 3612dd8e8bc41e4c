"""Results are compared with Keras's in ``tests/library/text/test_keras.py``."""

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.feature_extraction.text import CountVectorizer

from kc.core.types import ShapeError, TensorType
from kc.library.layers.text_vectorization import TextVectorization
from tests.library.text.cases import of_text

TEXTS = ["The cat sat; the dog sat too.", "A dog -- a big dog!", "", "Cats don't sit"]


def of_texts(texts, **arguments):
    return of_text({"text_vectorization": arguments}, np.array(texts, object))


def test_the_example_of_keras_gives_its_indices():
    layer = TextVectorization(max_tokens=5000, output_sequence_length=4)
    found = layer.fit([np.array(["foo bar", "bar baz", "baz bada boom"], object)])
    y = of_texts([["foo qux bar"], ["qux baz"]], **found.arguments())
    assert y.tolist() == [[4, 1, 3, 0], [1, 2, 0, 0]]


@pytest.mark.parametrize("ngrams", [1, 2, 3])
def test_counts_are_those_of_scikit_learn(ngrams):
    def tokens(text):
        return "".join(c for c in text if c.isalnum() or c == " ").split()

    vectorizer = CountVectorizer(tokenizer=tokens, token_pattern=None, ngram_range=(1, ngrams))
    expected = vectorizer.fit_transform(TEXTS).toarray()
    vocabulary = vectorizer.get_feature_names_out().tolist()
    y = of_texts(TEXTS, vocabulary=vocabulary, ngrams=ngrams, output_mode="count")
    np.testing.assert_array_equal(y[:, 1:], expected)


def test_a_batch_without_tokens_has_vectors():
    assert not of_texts(["", " ", "?"], vocabulary=["a"], output_mode="count").any()


def test_several_texts_have_a_row_each():
    y = of_texts([[["a"], ["b a"]]], vocabulary=["a"], output_sequence_length=2)
    assert y.tolist() == [[[2, 0], [1, 2]]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs `output_sequence_length`"),
        ({"output_mode": "count", "output_sequence_length": 3}, "is for `output_mode: int`"),
        ({"output_mode": "one_hot"}, "is for single tokens"),
        ({"output_mode": "count", "standardize": "upper"}, "standardize"),
    ],
)
def test_arguments_have_to_fit(arguments, message):
    with pytest.raises(ValidationError, match=message):
        TextVectorization(**arguments)


@pytest.mark.parametrize(
    ("arguments", "x", "message"),
    [
        ({"output_sequence_length": 3}, TensorType((1,)), "needs text"),
        ({"output_sequence_length": 3}, TensorType((2,), "string"), "needs one text"),
        ({"split": None}, TensorType((), "string"), "needs an axis of tokens"),
        ({"output_mode": "count"}, TensorType((3, 1), "string"), "makes a vector of one text"),
        ({"output_mode": "count"}, TensorType((), "string"), "needs a vocabulary"),
    ],
)
def test_inputs_have_to_fit(arguments, x, message):
    with pytest.raises(ShapeError, match=message):
        TextVectorization(**arguments).infer(x)
