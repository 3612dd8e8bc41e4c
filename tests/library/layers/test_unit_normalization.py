import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.unit_normalization import UnitNormalization, unit_normalization
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, (5,), id="vector"),
    pytest.param({"axis": 1}, (2, 3, 4), id="first axis"),
    pytest.param({"axis": [1, -1]}, (2, 3, 4), id="two axes"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_unit_normalization_computes_what_keras_computes(arguments, shape):
    twin = keras.layers.UnitNormalization(**arguments)
    assert_same({"unit_normalization": arguments}, twin, shape)


def test_a_vector_of_zeros_stays_one_and_has_a_gradient():
    x = jnp.zeros((1, 3))
    y, vjp = jax.vjp(unit_normalization, x)
    np.testing.assert_array_equal(y, x)
    assert np.isfinite(vjp(jnp.ones_like(x))[0]).all()


@pytest.mark.parametrize("axis", [0, 3])
def test_unit_normalization_refuses_the_batch_axis_and_axes_beyond(axis):
    with pytest.raises(ShapeError):
        UnitNormalization(axis=axis).infer(TensorType((3, 4)))
