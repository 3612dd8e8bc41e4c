"""Locally connected layers, which Keras 3 has not: against loops, and against convolutions."""

import itertools

import jax
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import find
from kc.core.types import TensorType
from kc.library.convolution import convolution
from kc.library.local_connection import local_connection
from tests.emit.same import assert_same_model
from tests.models import compiled, random_weights, run

CASES = [
    ("locally_connected1d", {"kernel_size": 3}, (6, 2)),
    ("locally_connected1d", {"kernel_size": 2, "strides": 3, "use_bias": False}, (9, 3)),
    ("locally_connected1d", {"kernel_size": 2, "data_format": "channels_first"}, (3, 5)),
    ("locally_connected2d", {"kernel_size": 2}, (4, 3, 2)),
    ("locally_connected2d", {"kernel_size": [3, 1], "strides": [1, 2]}, (4, 5, 2)),
    (
        "locally_connected2d",
        {"kernel_size": [1, 2], "strides": 2, "data_format": "channels_first"},
        (2, 3, 6),
    ),
]


def by_loops(layer, x, kernel, bias):
    """The product of each window with the kernel of its place."""
    if layer.data_format == "channels_first":
        x = np.moveaxis(x, 1, -1)
    sizes = zip(x.shape[1:-1], layer.kernel_size, layer.strides, strict=True)
    places = [(n - k) // s + 1 for n, k, s in sizes]
    y = np.empty((len(x), *places, layer.filters), "float32")
    for number, place in enumerate(itertools.product(*map(range, places))):
        window = zip(place, layer.strides, layer.kernel_size, strict=True)
        cells = tuple(slice(p * s, p * s + k) for p, s, k in window)
        y[(slice(None), *place)] = x[(slice(None), *cells)].reshape(len(x), -1) @ kernel[number]
    y = y if bias is None else y + bias
    return np.moveaxis(y, -1, 1) if layer.data_format == "channels_first" else y


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=str)
def test_each_place_has_a_kernel_of_its_own(kind, arguments, shape):
    arguments = {"filters": 4, **arguments}
    program = compiled([{kind: arguments}], {"x": TensorType(shape)}).program
    rng = np.random.default_rng(0)
    params, state = random_weights(program, rng)
    x = rng.normal(size=(3, *shape)).astype("float32")
    y, _ = run(program, params, state, {"x": x}, train=True)
    layer = find(kind, "layer").model_validate(arguments)
    expected = by_loops(layer, x, params[kind]["kernel"], params[kind].get("bias"))
    np.testing.assert_allclose(y, expected, 1e-4, 1e-5)
    assert y.shape[1:] == next(iter(program.output_types.values())).shape


@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_equal_kernels_make_a_convolution_with_its_gradients(data_format, strides):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 5, 5)).astype("float32")
    kernel = rng.normal(size=(2, 2, 5, 3)).astype("float32")
    settings = {"strides": strides, "data_format": data_format}

    def local(x, kernel):
        places = [(n - 2) // s + 1 for n, s in zip((5, 5), strides, strict=True)]
        shared = kernel.reshape(1, -1, 3).repeat(places[0] * places[1], axis=0)
        return (local_connection(x, shared, window=(2, 2), **settings) ** 2).sum()

    def same(x, kernel):
        return (convolution(x, kernel, padding="VALID", **settings) ** 2).sum()

    for ours, theirs in zip(
        *(jax.grad(f, argnums=(0, 1))(x, kernel) for f in (local, same)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, 1e-4, 1e-4)


@pytest.mark.parametrize("kind", ["locally_connected1d", "locally_connected2d"])
def test_a_locally_connected_layer_is_printed_as_it_runs(kind):
    shape = (6, 2) if kind.endswith("1d") else (4, 5, 2)
    layer = {kind: {"filters": 2, "kernel_size": 2, "activation": "relu"}}
    assert_same_model(compiled([layer], {"x": TensorType(shape)}))


@pytest.mark.parametrize("padding", ["same", "causal"])
def test_only_whole_windows_are_used(padding):
    with pytest.raises(ValidationError, match="only whole windows are used"):
        find("locally_connected1d", "layer").model_validate(
            {"filters": 1, "kernel_size": 2, "padding": padding}
        )
