import keras
import numpy as np
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.layers.embedding import Embedding
from tests.library.layers.parity import assert_same
from tests.models import compiled, run

CASES = [
    pytest.param({"input_dim": 4, "output_dim": 3}, (5,), id="sequence"),
    pytest.param({"input_dim": 7, "output_dim": 1}, (), id="one number per example"),
    pytest.param({"input_dim": 4, "output_dim": 2}, (2, 3), id="two axes"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_embedding_computes_what_keras_computes(arguments, shape):
    twin = keras.layers.Embedding(**arguments)
    assert_same({"embedding": arguments}, twin, shape, dtype="int32")


def test_a_number_beyond_the_table_gives_nan():
    program = compiled(
        [{"embedding": {"input_dim": 2, "output_dim": 3}}], {"x": TensorType((2,), "int32")}
    ).program
    params = {"embedding": {"embeddings": np.ones((2, 3), "float32")}}
    y, _ = run(program, params, {}, {"x": np.array([[1, 2]], "int32")})
    assert np.isnan(y[0]).tolist() == [[False] * 3, [True] * 3]


def test_embedding_refuses_floats():
    with pytest.raises(ShapeError, match="needs whole numbers"):
        Embedding(input_dim=2, output_dim=2).infer(TensorType((3,)))
