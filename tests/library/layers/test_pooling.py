"""Pooling along one and three axes, over everything, and into a number of windows."""

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import find
from kc.core.types import ShapeError, TensorType
from kc.library.layers.global_average_pooling1d import GlobalAveragePooling1D
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

FIRST = {"data_format": "channels_first"}
WINDOWS = {
    1: [
        ({}, (6, 2)),
        ({"pool_size": 3, "strides": 2, "padding": "same"}, (8, 2)),
        ({"pool_size": 2, "strides": 3}, (9, 1)),
        ({"pool_size": 3, "padding": "same", **FIRST}, (2, 7)),
    ],
    3: [
        ({}, (4, 2, 6, 2)),
        ({"pool_size": [3, 1, 2], "strides": [2, 1, 2], "padding": "same"}, (5, 2, 3, 2)),
        ({"pool_size": [2, 1, 3], "strides": [1, 2, 3]}, (4, 3, 7, 1)),
        ({"pool_size": 2, "padding": "same", **FIRST}, (2, 3, 2, 3)),
    ],
}
SHAPES = {1: (5, 2), 2: (3, 5, 2), 3: (3, 5, 4, 2)}
ADAPTIVE = {
    1: [(3, (9, 2)), (4, (7, 2)), (5, (3, 1)), (1, (6, 2))],
    2: [(2, (4, 6, 2)), ([3, 4], (7, 5, 2)), ([1, 5], (3, 4, 1))],
    3: [(2, (4, 2, 3, 2)), ([3, 1, 2], (5, 3, 7, 1)), ([2, 3, 4], (3, 3, 3, 2))],
}


def twin(kind, arguments):
    name = "".join(word.capitalize() for word in kind.split("_")).replace("d", "D")
    name = name.replace("ADaptive", "Adaptive")
    return getattr(keras.layers, name)(**arguments)


def windowed():
    return [
        pytest.param(f"{reduce}_pooling{rank}d", arguments, shape, id=f"{reduce}{rank} {arguments}")
        for reduce in ("max", "average")
        for rank, cases in WINDOWS.items()
        for arguments, shape in cases
    ]


@pytest.mark.parametrize(("kind", "arguments", "shape"), windowed())
def test_pooling_computes_what_keras_computes(kind, arguments, shape):
    assert_same({kind: arguments}, twin(kind, {"pool_size": 2, **arguments}), shape)


@pytest.mark.parametrize("arguments", [{}, {"keepdims": True}, FIRST, {"keepdims": True, **FIRST}])
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("reduce", ["max", "average"])
def test_global_pooling_computes_what_keras_computes(reduce, rank, arguments):
    kind = f"global_{reduce}_pooling{rank}d"
    assert_same({kind: arguments}, twin(kind, arguments), SHAPES[rank])


def adaptive():
    return [
        pytest.param(f"adaptive_{reduce}_pooling{rank}d", size, shape, id=f"{reduce}{rank} {size}")
        for reduce in ("max", "average")
        for rank, cases in ADAPTIVE.items()
        for size, shape in cases
    ]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(("kind", "size", "shape"), adaptive())
def test_adaptive_pooling_computes_what_keras_computes(kind, size, shape, data_format):
    shape = shape if data_format == "channels_last" else (shape[-1], *shape[:-1])
    arguments = {"output_size": size, "data_format": data_format}
    assert_same({kind: arguments}, twin(kind, arguments), shape)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ({"max_pooling1d": {"pool_size": 3, "padding": "same"}}, (5, 2)),
        ({"average_pooling3d": {"pool_size": 2, "padding": "same"}}, (3, 3, 3, 2)),
        ("global_max_pooling2d", (3, 3, 2)),
        ({"adaptive_average_pooling2d": {"output_size": [2, 3], **FIRST}}, (2, 3, 5)),
        ({"adaptive_max_pooling1d": 2}, (5, 2)),
    ],
    ids=str,
)
def test_pooling_is_printed_as_it_runs(layer, shape):
    assert_same_model(compiled([layer], {"x": TensorType(shape)}))


def test_causal_pooling_is_refused():
    with pytest.raises(ValidationError, match="`causal` is for convolutions"):
        find("max_pooling1d", "layer").model_validate({"padding": "causal"})


def test_adaptive_pooling_needs_cells():
    layer = find("adaptive_max_pooling1d", "layer").model_validate({"output_size": 2})
    with pytest.raises(ShapeError, match="needs cells to pool"):
        layer.infer(TensorType((0, 3)))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_the_mean_of_a_sequence_is_that_of_the_steps_that_a_mask_leaves(data_format, keepdims):
    arguments = {"data_format": data_format, "keepdims": keepdims}
    x = np.random.default_rng(0).normal(size=(3, 4, 4)).astype("float32")
    mask = np.array([[True, True, False, True], [False, False, False, True], [False] * 4])
    call = GlobalAveragePooling1D(**arguments).lower()
    y = call.function(x, mask=mask, **call.settings)
    expected = keras.layers.GlobalAveragePooling1D(**arguments)(x[:2], mask=mask[:2])
    np.testing.assert_allclose(y[:2], expected, 1e-5)
    np.testing.assert_array_equal(y[2], np.zeros_like(y[2]))
