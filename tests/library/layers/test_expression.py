import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.compiler.lower import bind
from kc.core.types import ShapeError, TensorType
from kc.emit.python import to_python
from kc.library.layers.expression import Expression
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

CASES = [
    pytest.param(
        "x * sigmoid(1.7 * x)", lambda x: x * keras.ops.sigmoid(1.7 * x), id="elementwise"
    ),
    pytest.param(
        "(x - mean(x)) / sqrt(mean(square(x)) + 0.1)",
        lambda x: (
            (x - keras.ops.mean(x, -1, keepdims=True))
            / keras.ops.sqrt(keras.ops.mean(x**2, -1, keepdims=True) + 0.1)
        ),
        id="along the axis",
    ),
    pytest.param("2 * max(x)", lambda x: 2 * keras.ops.max(x, -1, keepdims=True), id="size 1"),
]


@pytest.mark.parametrize(("formula", "twin"), CASES)
def test_an_expression_computes_what_a_lambda_layer_computes(formula, twin):
    assert_same({"expression": formula}, keras.layers.Lambda(twin), (3, 4))


@pytest.mark.parametrize("formula", ["x", "min(x, 0) + exp(-x)**2 / 3", "sum(abs(x))"])
def test_an_expression_is_printed_as_it_runs(formula):
    assert_same_model(compiled([{"expression": formula}], {"x": TensorType((3, 4))}))


def test_an_expression_of_several_inputs_names_them_in_their_order():
    items = [{"expression": "x + exp(y / 2) * z", "from": ["a", "b", "c"]}]
    inputs = {name: TensorType((4,)) for name in "abc"}
    model = compiled(items, inputs)
    assert_same_model(model)
    a, b, c = np.random.default_rng(0).normal(size=(3, 2, 4)).astype("float32")
    outputs, _ = bind.apply(model.program, {}, {}, {"a": a, "b": b, "c": c})
    np.testing.assert_allclose(outputs["expression"], a + np.exp(b / 2) * c, 1e-5)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("x + z", "has 2 inputs, the formula uses 3"),
        ("exp(x)", "has 2 inputs, the formula uses 1"),
    ],
)
def test_a_formula_uses_all_inputs(formula, message):
    with pytest.raises(ShapeError, match=message):
        Expression(formula=formula).infer(TensorType((4,)), TensorType((4,)))


def test_inputs_of_an_expression_have_one_shape():
    with pytest.raises(ShapeError, match="needs inputs of one shape"):
        Expression(formula="x + y").infer(TensorType((4,)), TensorType((1,)))


def test_an_expression_is_printed_as_a_lambda():
    text = to_python(compiled([{"expression": "x*tanh(x)"}, "flatten"], {"x": TensorType((3, 4))}))
    assert 'expression(inputs["x"], formula=lambda x: x * jnp.tanh(x))' in text


def test_a_formula_over_variables_is_written_with_numbers():
    with pytest.raises(ValidationError, match="not part of a formula"):
        Expression("$rate * x")


def test_an_expression_needs_floats():
    with pytest.raises(ShapeError, match="needs floats"):
        Expression("x + 1").infer(TensorType((3,), "int32"))


def test_a_sum_needs_an_axis():
    assert Expression("x + 1").infer(TensorType(())).output.shape == ()
    with pytest.raises(ShapeError, match="needs an axis -1"):
        Expression("x + sum(x)").infer(TensorType(()))
