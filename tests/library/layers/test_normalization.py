import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.normalization import Normalization
from tests.library.images import ours
from tests.library.layers.parity import assert_same

ROWS = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
CASES = [
    pytest.param({"mean": 0.5, "variance": 0.04}, (4, 3), id="one number"),
    pytest.param({"mean": [0.5, -1.0], "variance": [4.0, 0.1]}, (3, 2), id="per feature"),
    pytest.param({"mean": [0.5, -1.0], "variance": [4.0, 0.0]}, (2,), id="no variance"),
    pytest.param({"axis": 1, "mean": [1.0, 2.0], "variance": [3.0, 4.0]}, (2, 5), id="first axis"),
    pytest.param({"axis": [1, -1], "mean": ROWS, "variance": ROWS}, (2, 4, 3), id="two axes"),
    pytest.param(
        {"axis": [1, 2], "mean": [1.0, 2.0, 3.0], "variance": [1.0, 2.0, 3.0]}, (2, 3), id="last"
    ),
    pytest.param({"axis": None, "mean": 2.0, "variance": 9.0}, (2, 3), id="no axis"),
    pytest.param({"mean": 0.5, "variance": 4.0, "invert": True}, (3,), id="invert"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_normalization_computes_what_keras_computes(arguments, shape):
    assert_same({"normalization": arguments}, keras.layers.Normalization(**arguments), shape)


def test_normalization_makes_floats_of_whole_numbers():
    x = np.array([[1, 3]], "int32")
    y = ours({"normalization": {"mean": 1, "variance": 4}}, x)
    np.testing.assert_array_equal(y, [[0.0, 1.0]])


@pytest.mark.parametrize("axis", [-1, 1, [1, -1], None], ids=str)
def test_fit_finds_what_keras_adapts_to(axis):
    x = np.random.default_rng(0).normal(3.0, 2.0, (50, 2, 4, 3)).astype("float32")
    twin = keras.layers.Normalization(axis=axis)
    twin.adapt(x)
    found = Normalization(axis=axis).fit([x])
    assert found.fitted
    np.testing.assert_allclose(found.mean, np.squeeze(twin.mean), 1e-4, 1e-5)
    np.testing.assert_allclose(found.variance, np.squeeze(twin.variance), 1e-4, 1e-5)
    y = ours({"normalization": found.arguments()}, x)
    np.testing.assert_allclose(y, twin(x), 1e-3, 1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mean": 1.0}, "come together"),
        ({"mean": 1.0, "variance": (1.0, 2.0)}, "as many numbers"),
        ({"mean": ((1.0, 2.0), (1.0,)), "variance": ((1.0, 2.0), (1.0,))}, "same length"),
    ],
)
def test_mean_and_variance_belong_together(arguments, message):
    with pytest.raises(ValidationError, match=message):
        Normalization(**arguments)


def test_numbers_have_to_fit_the_input():
    with pytest.raises(ShapeError, match="has 2 numbers for the axes"):
        Normalization(mean=(0.0, 1.0), variance=(1.0, 1.0)).infer(TensorType((3,)))


def test_the_type_does_not_depend_on_what_is_found():
    unfitted = Normalization()
    assert not unfitted.fitted
    assert unfitted.infer(TensorType((3,), "uint8")).output == TensorType((3,))


@pytest.mark.parametrize(
    ("axis", "message"), [((1, 2, 3), "two axes at most"), (4, "needs an axis 4")]
)
def test_axes_without_numbers_are_checked(axis, message):
    with pytest.raises(ShapeError, match=message):
        Normalization(axis=axis).infer(TensorType((2, 3, 4)))


def test_what_is_found_is_written_in_few_digits():
    x = np.array([[0.1], [0.3]], "float32")
    assert Normalization().fit([x]).mean == (0.2,)


@pytest.mark.parametrize("axis", [-1, None, [1, 2]], ids=str)
def test_batches_give_what_all_values_at_once_give(axis):
    x = np.random.default_rng(0).normal(1000.0, 2.0, (50, 3, 4)).astype("float32")
    whole = Normalization(axis=axis).fit([x])
    parts = Normalization(axis=axis).fit(np.split(x, [7, 8, 30]))
    np.testing.assert_allclose(parts.mean, whole.mean, 1e-12)
    np.testing.assert_allclose(parts.variance, whole.variance, 1e-9)
