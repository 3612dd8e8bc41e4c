import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.discretization import Discretization, quantiles, thinned
from tests.library.images import ours

BINS = [-0.5, 0.25, 1.0]
RNG = np.random.default_rng(0)
SHAPES = [(6, 5), (6, 1), (6, 2, 4), (6, 3, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_discretization_computes_what_keras_computes(mode, shape):
    x = RNG.normal(size=shape).astype("float32")
    x.flat[0] = 0.25
    twin = keras.layers.Discretization(BINS, output_mode=mode)
    y = ours({"discretization": {"bin_boundaries": BINS, "output_mode": mode}}, x)
    np.testing.assert_array_equal(y, twin(x))


def test_a_value_for_each_example_is_one_vector():
    x = np.array([-1.0, 0.3], "float32")
    y = ours({"discretization": {"bin_boundaries": BINS, "output_mode": "one_hot"}}, x)
    np.testing.assert_array_equal(y, [[1, 0, 0, 0], [0, 0, 1, 0]])


@pytest.mark.parametrize("size", [3, 40, 1000, 12345])
@pytest.mark.parametrize("num_bins", [2, 4, 7])
@pytest.mark.parametrize("epsilon", [0.01, 0.1])
def test_fit_finds_what_keras_adapts_to(size, num_bins, epsilon):
    x = RNG.normal(size=(size, 1)).astype("float32")
    twin = keras.layers.Discretization(num_bins=num_bins, epsilon=epsilon)
    # What `adapt` does with an array, without asking for TensorFlow.
    twin.update_state(x)
    twin.finalize_state()
    found = Discretization(num_bins=num_bins, epsilon=epsilon).fit([x]).bin_boundaries
    np.testing.assert_allclose(found, twin.bin_boundaries, 1e-5, 1e-6)


def test_bins_without_values_keep_their_place_in_vectors():
    x = np.array([[1.0], [2.0]], "float32")
    unfitted = Discretization(num_bins=5, output_mode="one_hot")
    fitted = unfitted.fit([x])
    assert len(fitted.bin_boundaries) == 1
    assert fitted.infer(TensorType((1,))) == unfitted.infer(TensorType((1,)))
    y = ours({"discretization": fitted.arguments()}, x)
    np.testing.assert_array_equal(y, [[0, 1, 0, 0, 0], [0, 1, 0, 0, 0]])


def test_bins_hold_about_as_many_values_each():
    x = RNG.gamma(2.0, 3.0, size=(5000, 1)).astype("float32")
    numbers = np.digitize(x, quantiles(x, 8))
    share = np.bincount(numbers.ravel(), minlength=8) / len(x)
    np.testing.assert_allclose(share, 1 / 8, atol=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "takes `bin_boundaries` or"),
        ({"bin_boundaries": (0.0, 1.0), "num_bins": 2}, "needs to be larger"),
        ({"bin_boundaries": (1.0, 0.0)}, "have to rise"),
    ],
)
def test_boundaries_are_given_and_rise(arguments, message):
    with pytest.raises(ValidationError, match=message):
        Discretization(**arguments)


def test_one_value_cannot_be_counted():
    with pytest.raises(ShapeError, match="cannot take numbers together"):
        Discretization(bin_boundaries=(0.0,), output_mode="count").infer(TensorType(()))


def test_batches_give_what_all_values_at_once_give():
    x = np.random.default_rng(0).normal(size=(100, 3)).astype("float32")
    whole, parts = (Discretization(num_bins=8).fit(b) for b in ([x], np.split(x, [1, 30, 31])))
    assert whole.bin_boundaries == parts.bin_boundaries


def test_of_too_many_values_some_at_equal_steps_are_kept():
    x = np.arange(1000, dtype="float32")
    kept = thinned(np.split(x, [3, 500, 777]), most=100)
    np.testing.assert_array_equal(kept, x[::16])
