"""Bins are compared with Keras's in ``tests/library/text/test_keras.py``."""

import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.hashed_crossing import HashedCrossing

ONE = TensorType((1,), "string")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([TensorType((2,), "string")] * 2, "crosses one value of each input"),
        ([ONE, TensorType((), "string")], "needs inputs of one shape"),
        ([ONE, TensorType((1,))], "needs whole numbers"),
    ],
)
def test_inputs_have_to_fit(inputs, message):
    with pytest.raises(ShapeError, match=message):
        HashedCrossing(num_bins=3).infer(*inputs)
