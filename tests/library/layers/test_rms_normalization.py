import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.rms_normalization import RMSNormalization, rms_normalization
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({}, (5,), id="vector"),
    pytest.param({"epsilon": 0.3}, (2, 3, 4), id="image"),
    pytest.param({"axis": [2, 3]}, (2, 3, 4), id="two axes"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_rms_normalization_computes_what_keras_computes(arguments, shape):
    assert_same({"rms_normalization": arguments}, keras.layers.RMSNormalization(**arguments), shape)


def test_the_scale_stands_on_the_axis_that_it_was_made_for():
    # Keras multiplies along the last axis whatever `axis` is.
    rng = np.random.default_rng(0)
    x, scale = rng.normal(size=(2, 3, 4)).astype("float32"), np.array([1.0, 2.0, 3.0], "float32")
    expected = x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-6) * scale[:, None]
    np.testing.assert_allclose(rms_normalization(x, scale, axis=1), expected, 1e-5)


@pytest.mark.parametrize("axis", [0, 3, (1, -3)])
def test_rms_normalization_refuses_the_batch_axis_and_axes_beyond(axis):
    with pytest.raises(ShapeError):
        RMSNormalization(axis=axis).infer(TensorType((3, 4)))
