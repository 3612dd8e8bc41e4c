import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.batch_normalization import BatchNormalization
from tests.library.layers.parity import assert_same
from tests.models import compiled, random_weights, run

CASES = [
    pytest.param({}, (5,), id="vector"),
    pytest.param({"momentum": 0.6, "epsilon": 0.2}, (4, 3, 2), id="image"),
    pytest.param({"axis": 1}, (3, 4, 2), id="channels first"),
    pytest.param({"axis": 2, "scale": False}, (3, 4, 2), id="middle axis, no gamma"),
    pytest.param({"axis": -2, "center": False}, (3, 4), id="from the end, no beta"),
    pytest.param({"center": False, "scale": False}, (4,), id="neither"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_batch_normalization_computes_what_keras_computes(arguments, shape):
    assert_same(
        {"batch_normalization": arguments}, keras.layers.BatchNormalization(**arguments), shape
    )


def test_rows_that_only_pad_the_batch_do_not_count_even_as_nan():
    rng = np.random.default_rng(1)
    inputs = {"x": TensorType((3, 2))}
    program = compiled(["batch_normalization"], inputs).program
    params, state = random_weights(program, rng)
    x = rng.normal(size=(3, 3, 2)).astype("float32")
    padded = np.concatenate([x, np.full((2, 3, 2), np.nan, "float32")])
    valid = np.array([1, 1, 1, 0, 0], "float32")
    short, state_short = run(program, params, state, {"x": x}, train=True)
    long, state_long = run(program, params, state, {"x": padded}, train=True, valid=valid)
    np.testing.assert_allclose(long[:3], short, 1e-5, 1e-6)
    for name, value in state_short["batch_normalization"].items():
        np.testing.assert_allclose(state_long["batch_normalization"][name], value, 1e-5)


@pytest.mark.parametrize(("axis", "rank"), [(0, 2), (-3, 2), (3, 2)])
def test_batch_normalization_refuses_the_batch_axis_and_axes_beyond(axis, rank):
    with pytest.raises(ShapeError):
        BatchNormalization(axis=axis).infer(TensorType((4,) * rank))
