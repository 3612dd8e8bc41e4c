import numpy as np
import pytest

from kc.core.data import Examples
from kc.runtime.data.fingerprint import fingerprint

X = np.arange(6, dtype="float32").reshape(3, 2)
BASE = Examples({"x": X}, {"y": np.arange(3)})


def test_equal_data_have_equal_fingerprints():
    same = Examples({"x": np.asfortranarray(X.copy())}, {"y": np.arange(3)})
    assert fingerprint(same) == fingerprint(BASE)


def test_the_order_of_names_does_not_matter():
    a, b = np.zeros(2), np.ones(2)
    assert fingerprint(Examples({"a": a, "b": b})) == fingerprint(Examples({"b": b, "a": a}))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Examples({"x": X + 1e-6}, BASE.targets), id="a value"),
        pytest.param(Examples({"x": X.astype("float64")}, BASE.targets), id="a type"),
        pytest.param(Examples({"x": X.reshape(3, 1, 2)}, BASE.targets), id="a shape"),
        pytest.param(Examples({"z": X}, BASE.targets), id="a name"),
        pytest.param(Examples({"x": X}), id="no target"),
        pytest.param(Examples({"x": X, "y": np.arange(3)}), id="an input for a target"),
        pytest.param(Examples({"x": X[::-1]}, BASE.targets), id="the order of rows"),
    ],
)
def test_every_difference_shows(other):
    assert fingerprint(other) != fingerprint(BASE)


def test_an_empty_axis_has_a_fingerprint():
    assert len(fingerprint(Examples({"x": np.zeros((3, 0))}))) == 64
