import keras
import numpy as np
import pytest

from kc.core.registry import entries
from kc.core.types import ShapeError, TensorType
from tests.library.layers.parity import assert_same
from tests.models import compiled, random_arrays, run

KINDS = ["add", "average", "maximum", "minimum", "multiply", "subtract"]
SHAPES = [
    pytest.param([(3, 4), (3, 4)], id="equal shapes"),
    pytest.param([(3, 1), (1, 4)], id="sizes of 1 stretch"),
    pytest.param([(4,), (2, 3, 4)], id="a vector to an image"),
    pytest.param([(2, 3, 1), (5,), (3, 5)], id="three ranks"),
]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_computes_what_keras_computes(kind, shapes):
    if kind == "subtract":
        shapes = shapes[:2]
    names = [f"x{i}" for i in range(len(shapes))]
    assert_same({kind: {}, "from": names}, getattr(keras.layers, kind.title())(), *shapes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_refuses_sizes_that_differ(kind):
    with pytest.raises(ShapeError, match="do not match"):
        entries("layer")[kind]().infer(TensorType((3,)), TensorType((4,)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_of_whole_numbers_has_the_type_it_infers(kind):
    inputs = {name: TensorType((3,), "uint8") for name in ("a", "b")}
    program = compiled([{kind: {}, "from": ["a", "b"]}], inputs).program
    y, _ = run(program, {}, {}, random_arrays(inputs, 2, np.random.default_rng(0)))
    assert y.dtype == program.output_types[kind].dtype


def test_a_mean_of_small_whole_numbers_does_not_overflow():
    inputs = {name: TensorType((1,), "uint8") for name in ("a", "b")}
    program = compiled([{"average": {}, "from": ["a", "b"]}], inputs).program
    y, _ = run(program, {}, {}, {name: np.full((1, 1), 250, "uint8") for name in inputs})
    np.testing.assert_array_equal(y, [[250.0]])


def test_truth_values_have_no_difference():
    with pytest.raises(ShapeError, match="truth values"):
        entries("layer")["subtract"]().infer(*[TensorType((3,), "bool")] * 2)
