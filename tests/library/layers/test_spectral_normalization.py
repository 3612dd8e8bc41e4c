import keras
import numpy as np
import pytest

from kc.core.diagnostic import CompileError
from kc.core.types import TensorType
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled, random_arrays, random_weights, run

CASES = [
    pytest.param({"dense": {"units": 4}}, keras.layers.Dense(4), {}, (5,), "float32", id="dense"),
    pytest.param(
        {"conv2d": {"filters": 3, "kernel_size": 2, "activation": "tanh", "use_bias": False}},
        keras.layers.Conv2D(3, 2, activation="tanh", use_bias=False),
        {"power_iterations": 3},
        (4, 5, 2),
        "float32",
        id="convolution with activation",
    ),
]


@pytest.mark.parametrize(("layer", "inner", "arguments", "shape", "dtype"), CASES)
def test_spectral_normalization_trains_as_in_keras(layer, inner, arguments, shape, dtype):
    twin = keras.layers.SpectralNormalization(inner, **arguments)
    twin.build((None, *shape))
    item = {"spectral_normalization": {"layer": layer, **arguments}}
    assert_same(item, twin, shape, dtype=dtype, modes=[True])


def of_dense(iterations):
    layer = {"layer": {"dense": {"units": 3, "use_bias": False}}, "power_iterations": iterations}
    inputs = {"x": TensorType((4,))}
    program = compiled([{"spectral_normalization": layer}], inputs).program
    rng = np.random.default_rng(0)
    return program, *random_weights(program, rng), random_arrays(inputs, 5, rng)


def test_many_steps_find_the_largest_singular_value():
    program, params, state, arrays = of_dense(60)
    y, state = run(program, params, state, arrays, train=True)
    kernel = params["spectral_normalization"]["kernel"]
    expected = arrays["x"] @ kernel / np.linalg.svd(kernel)[1][0]
    np.testing.assert_allclose(y, expected, 1e-3, 1e-4)
    # Once the vector is there, inference divides by the same number.
    again, after = run(program, params, state, arrays)
    np.testing.assert_allclose(again, expected, 1e-3, 1e-4)
    np.testing.assert_array_equal(
        after["spectral_normalization"]["vector_u"], state["spectral_normalization"]["vector_u"]
    )


def test_a_kernel_of_zeros_stays_one():
    program, params, state, arrays = of_dense(1)
    params["spectral_normalization"]["kernel"] *= 0
    y, _ = run(program, params, state, arrays, train=True)
    np.testing.assert_array_equal(y, np.zeros((5, 3)))


@pytest.mark.parametrize(
    "layer", [{"dense": 3}, {"conv1d": {"filters": 2, "kernel_size": 2, "activation": "relu"}}]
)
def test_spectral_normalization_is_printed_as_it_runs(layer):
    item = {"spectral_normalization": {"layer": layer}}
    assert_same_model(compiled([item], {"x": TensorType((3, 4))}))


def test_an_embedding_may_be_inside():
    item = {"spectral_normalization": {"embedding": {"input_dim": 4, "output_dim": 2}}}
    assert_same_model(compiled([item], {"x": TensorType((3,), "int32")}))


@pytest.mark.parametrize(
    "layer", ["flatten", "batch_normalization", {"residual": [{"dense": 4}]}, "add"]
)
def test_what_has_no_kernel_cannot_be_inside(layer):
    with pytest.raises(CompileError, match="cannot hold"):
        compiled([{"spectral_normalization": {"layer": layer}}], {"x": TensorType((4,))})
