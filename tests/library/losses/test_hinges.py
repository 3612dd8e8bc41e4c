import keras
import numpy as np
import pytest

from kc.library.losses.categorical_hinge import CategoricalHinge
from kc.library.losses.hinge import Hinge
from kc.library.losses.kl_divergence import KLDivergence
from kc.library.losses.squared_hinge import SquaredHinge
from tests.library.losses.parity import assert_same, labels, numbers, one_hot, probabilities

MARGINS = [
    pytest.param(2.0 * labels(6, 2, classes=2) - 1.0, numbers(6, 2), id="-1 and 1"),
    pytest.param(labels(6, 2, classes=2), numbers(6, 2), id="0 and 1"),
    pytest.param(labels(6, classes=2), numbers(6, 1), id="without the last axis"),
    pytest.param(labels(3, 2, 2, classes=2), numbers(3, 2, 2), id="three axes"),
    pytest.param(np.ones((4, 1), "float32"), numbers(4, 1), id="only 1"),
]


@pytest.mark.parametrize(("target", "output"), MARGINS)
@pytest.mark.parametrize(
    ("loss", "twin"),
    [
        pytest.param(Hinge, keras.losses.Hinge, id="hinge"),
        pytest.param(SquaredHinge, keras.losses.SquaredHinge, id="squared"),
    ],
)
def test_hinges_compute_what_keras_computes(loss, twin, target, output):
    assert_same(loss(), twin(), target, output)


CLASSES = [
    pytest.param(one_hot(5), numbers(5, 3), id="numbers"),
    pytest.param(one_hot(4, 2), numbers(4, 2, 3), id="by position"),
    pytest.param(one_hot(5), probabilities((5, 3)), id="probabilities"),
]


@pytest.mark.parametrize(("target", "output"), CLASSES)
def test_categorical_hinge_computes_what_keras_computes(target, output):
    assert_same(CategoricalHinge(), keras.losses.CategoricalHinge(), target, output)


DISTRIBUTIONS = [
    pytest.param(one_hot(5), probabilities((5, 3)), id="one-hot"),
    pytest.param(probabilities((5, 3))[::-1], probabilities((5, 3)), id="soft"),
    pytest.param(one_hot(4, 2), probabilities((4, 2, 3)), id="by position"),
    pytest.param(one_hot(2, classes=2), np.eye(2, dtype="float32"), id="certainties"),
]


@pytest.mark.parametrize(("target", "output"), DISTRIBUTIONS)
def test_kl_divergence_computes_what_keras_computes(target, output):
    assert_same(KLDivergence(), keras.losses.KLDivergence(), target, output)
