import keras
import pytest

from kc.core.types import TensorType
from kc.library.layers.dense import Dense
from tests.library.layers.parity import assert_same

CASES = [
    pytest.param({"units": 4}, (5,), id="vector"),
    pytest.param({"units": 3, "activation": "tanh"}, (2, 4, 5), id="rank 3 with activation"),
    pytest.param({"units": 1, "use_bias": False}, (6, 2), id="no bias"),
    pytest.param({"units": 4, "activation": "softmax"}, (1,), id="one feature, softmax"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_dense_computes_what_keras_computes(arguments, shape):
    assert_same({"dense": arguments}, keras.layers.Dense(**arguments), shape)


def test_the_type_of_dense_is_that_of_its_activation():
    inferred = Dense.model_validate({"units": 6, "activation": "glu"}).infer(TensorType((2,)))
    assert inferred.output.shape == (3,)


def test_dense_takes_whole_numbers():
    layer = keras.layers.Dense(3)
    layer.build((None, 4))
    assert_same({"dense": 3}, layer, (4,), dtype="int32")
