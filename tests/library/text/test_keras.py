"""Layers over text and whole numbers compute what Keras computed when it was recorded."""

import numpy as np
import pytest

from kc.core.registry import find
from tests.library.test_coverage import snake_case
from tests.library.text.cases import array, name_of, of_text, recorded

LAYERS = ["StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing"]
CASES = [case for layer in LAYERS for case in recorded(layer)]
INVERSE = [case for case in recorded("StringLookup") if case["arguments"].get("invert")]
FITTED = [case for case in CASES if "adapt" in case]


def written(case):
    """The arguments of a case as a spec writes them, with what is found in data."""
    if "adapt" not in case:
        return case["arguments"]
    layer = fitted(case)
    return {**case["arguments"], **{name: list(getattr(layer, name)) for name in layer.finds}}


def fitted(case):
    return find(snake_case(case["layer"]), "layer")(**case["arguments"]).fit([array(case["adapt"])])


@pytest.mark.parametrize("case", [c for c in CASES if c not in INVERSE], ids=name_of)
def test_layers_compute_what_keras_computed(case):
    item = {snake_case(case["layer"]): written(case)}
    y = of_text(item, *(array(x) for x in case["inputs"]))
    np.testing.assert_allclose(y, case["output"], rtol=1e-6)


@pytest.mark.parametrize("case", INVERSE, ids=name_of)
def test_indices_become_the_texts_that_they_become_in_keras(case):
    (call,) = find("string_lookup", "layer")(**case["arguments"]).lower()
    assert call(*map(array, case["inputs"])).tolist() == case["output"]


@pytest.mark.parametrize("case", FITTED, ids=name_of)
def test_layers_find_the_vocabulary_that_keras_adapts_to(case):
    layer = fitted(case)
    assert list(layer.vocabulary) == case["vocabulary"]
    if "all_idf_weights" in case:
        (_, vectors) = layer.lower()
        np.testing.assert_allclose(vectors.settings["weights"], case["all_idf_weights"], 1e-6)
