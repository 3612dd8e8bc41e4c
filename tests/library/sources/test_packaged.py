import numpy as np
import pytest
from sklearn import datasets

from kc.core.registry import entries
from tests.library.sources.laws import check_laws

TARGETS = {
    "iris": "species",
    "wine": "grower",
    "breast_cancer": "diagnosis",
    "diabetes": "progression",
    "digits": "digit",
}


@pytest.mark.parametrize(("kind", "target"), TARGETS.items())
def test_a_data_set_is_that_of_scikit_learn(tmp_path, kind, target):
    bunch = getattr(datasets, f"load_{kind}")()
    examples = entries("source")[kind]().load(tmp_path)
    (features,) = examples.inputs.values()
    np.testing.assert_array_equal(features.reshape(bunch.data.shape), bunch.data.astype("float32"))
    np.testing.assert_array_equal(examples.targets[target], bunch.target)
    assert features.dtype == np.float32


@pytest.mark.parametrize("kind", TARGETS)
def test_rows_obey_the_laws(tmp_path, kind):
    check_laws(entries("source")[kind](), tmp_path)


@pytest.mark.parametrize(("kind", "target"), TARGETS.items())
def test_the_numbers_of_classes_and_examples_are_known_before_reading(tmp_path, kind, target):
    cls = entries("source")[kind]
    examples = cls().load(tmp_path)
    words = examples.classes.get(target)
    assert cls.classes == (len(words) if words else None)
    assert cls.total == len(examples)


@pytest.mark.parametrize(("kind", "target"), TARGETS.items())
def test_the_number_of_examples_is_known_before_reading(tmp_path, kind, target):
    cls = entries("source")[kind]
    assert cls.total == len(cls().load(tmp_path).targets[target])
