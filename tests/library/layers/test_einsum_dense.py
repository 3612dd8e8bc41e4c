import keras
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.einsum_dense import EinsumDense
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

CASES = [
    pytest.param({"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"}, (4,), id="dense"),
    pytest.param({"equation": "abc,cd->abd", "output_shape": (None, 3)}, (2, 4), id="no bias"),
    pytest.param(
        {"equation": "...x,xy->...y", "output_shape": 3, "bias_axes": "y", "activation": "tanh"},
        (2, 3, 4),
        id="dots before",
    ),
    pytest.param(
        {"equation": "ab...,bc->ac...", "output_shape": 3, "bias_axes": "c"},
        (4, 2, 5),
        id="dots behind",
    ),
    pytest.param(
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"},
        (5, 4),
        id="heads",
    ),
    pytest.param(
        {"equation": "abcd,cde->abe", "output_shape": (2, 6), "bias_axes": "b"},
        (2, 3, 4),
        id="bias of steps",
    ),
    pytest.param({"equation": "abc,bde->aedc", "output_shape": (3, 2, 5)}, (4, 5), id="turned"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_einsum_dense_computes_what_keras_computes(arguments, shape):
    output = arguments["output_shape"]
    item = {**arguments, "output_shape": list(output) if isinstance(output, tuple) else output}
    assert_same({"einsum_dense": item}, keras.layers.EinsumDense(**arguments), shape)


def test_einsum_dense_is_printed_as_it_runs():
    item = {"einsum_dense": {"equation": "ab,bc->ac", "output_shape": 2, "activation": "relu"}}
    assert_same_model(compiled([item], {"x": TensorType((3,))}))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"equation": "ab"}, "no equation", id="no kernel"),
        pytest.param({"equation": "a1,1c->ac"}, "no equation", id="digits"),
        pytest.param({"equation": "...ab,bc->ac"}, "same side", id="dots on one side"),
        pytest.param({"equation": "...b...,bc->...c..."}, "one side", id="dots everywhere"),
        pytest.param({"equation": "abb,bc->ac"}, "twice", id="twice"),
        pytest.param({"equation": "ab,bcd->ac"}, "`d` of the kernel", id="kernel alone"),
        pytest.param({"equation": "ab,bc->acd"}, "`d` of the output", id="output alone"),
        pytest.param({"equation": "ab,abc->ac"}, "stands for the batch", id="batch in kernel"),
        pytest.param({"equation": "ab,bc->ca"}, "stands for the batch", id="batch last"),
        pytest.param({"output_shape": (2, 3)}, "needs 1 sizes", id="too many sizes"),
        pytest.param({"bias_axes": "b"}, "takes letters of `c`", id="bias axis"),
        pytest.param({"bias_axes": ""}, "takes letters of `c`", id="no bias axis"),
    ],
)
def test_einsum_dense_refuses_what_is_no_equation(arguments, words):
    with pytest.raises(ValidationError, match=words):
        EinsumDense(**{"equation": "ab,bc->ac", "output_shape": 3, **arguments})


@pytest.mark.parametrize(
    ("equation", "output_shape", "shape", "words"),
    [
        pytest.param("ab,bc->ac", 3, (2, 4), "needs 1 axes", id="rank"),
        pytest.param("...ab,bc->...ac", (2, 3), (4,), "needs 2 axes", id="too few"),
        pytest.param("abc,cd->abd", (3, 2), (4, 5), "`b` has size 4", id="sizes differ"),
        pytest.param("abc,cd->abd", (None, None), (4, 5), "size of `d`", id="unknown"),
    ],
)
def test_einsum_dense_refuses_inputs_that_do_not_fit(equation, output_shape, shape, words):
    with pytest.raises(ShapeError, match=words):
        EinsumDense(equation, output_shape).infer(TensorType(shape))
