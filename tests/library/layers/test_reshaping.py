"""Cropping, padding, growth, order of axes and repetition, against Keras."""

import keras
import pytest
from pydantic import ValidationError

from kc.core.registry import find
from kc.core.types import ShapeError, TensorType
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

FIRST = {"data_format": "channels_first"}
CASES = [
    ("cropping1d", {}, (4, 2)),
    ("cropping1d", {"cropping": 2}, (6, 2)),
    ("cropping1d", {"cropping": [0, 3]}, (5, 1)),
    ("cropping2d", {}, (3, 4, 2)),
    ("cropping2d", {"cropping": [1, 2]}, (4, 6, 2)),
    ("cropping2d", {"cropping": [[0, 2], [1, 0]], **FIRST}, (2, 4, 5)),
    ("cropping3d", {}, (3, 4, 5, 2)),
    ("cropping3d", {"cropping": 1, **FIRST}, (2, 3, 4, 5)),
    ("cropping3d", {"cropping": [[0, 1], [2, 0], [0, 0]]}, (3, 4, 2, 2)),
    ("zero_padding1d", {}, (3, 2)),
    ("zero_padding1d", {"padding": [0, 2]}, (3, 2)),
    ("zero_padding1d", {"padding": [1, 2], **FIRST}, (2, 3)),
    ("zero_padding2d", {}, (3, 2, 2)),
    ("zero_padding2d", {"padding": [0, 2]}, (3, 2, 2)),
    ("zero_padding2d", {"padding": [[0, 2], [1, 0]], **FIRST}, (2, 3, 2)),
    ("zero_padding3d", {}, (2, 3, 1, 2)),
    ("zero_padding3d", {"padding": [0, 1, 2]}, (2, 3, 1, 2)),
    ("zero_padding3d", {"padding": [[0, 1], [2, 0], [1, 1]], **FIRST}, (1, 2, 3, 1)),
    ("up_sampling1d", {}, (3, 2)),
    ("up_sampling1d", {"size": 3}, (2, 1)),
    ("up_sampling1d", {"size": 1}, (2, 3)),
    ("up_sampling2d", {}, (3, 2, 2)),
    ("up_sampling2d", {"size": [1, 3], **FIRST}, (2, 3, 2)),
    ("up_sampling2d", {"interpolation": "bilinear"}, (3, 4, 2)),
    ("up_sampling2d", {"interpolation": "bilinear", "size": [3, 2], **FIRST}, (2, 3, 4)),
    ("up_sampling2d", {"interpolation": "bicubic", "size": [2, 3]}, (3, 4, 1)),
    ("up_sampling2d", {"interpolation": "lanczos3"}, (5, 4, 1)),
    ("up_sampling2d", {"interpolation": "lanczos5", **FIRST}, (1, 5, 4)),
    ("up_sampling3d", {}, (2, 3, 1, 2)),
    ("up_sampling3d", {"size": [1, 2, 3]}, (2, 3, 2, 1)),
    ("up_sampling3d", {"size": [3, 1, 2], **FIRST}, (2, 3, 2, 1)),
    ("permute", {"dims": [2, 1]}, (3, 4)),
    ("permute", {"dims": [3, 1, 2]}, (3, 4, 2)),
    ("permute", {"dims": [1]}, (3,)),
    ("repeat_vector", {"n": 3}, (4,)),
    ("repeat_vector", {"n": 1}, (4,)),
    ("repeat_vector", {"n": 2}, (1,)),
]
KERAS = {
    **{f"cropping{n}d": f"Cropping{n}D" for n in (1, 2, 3)},
    **{f"zero_padding{n}d": f"ZeroPadding{n}D" for n in (1, 2, 3)},
    **{f"up_sampling{n}d": f"UpSampling{n}D" for n in (1, 2, 3)},
    "permute": "Permute",
    "repeat_vector": "RepeatVector",
}


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=str)
def test_reshaping_computes_what_keras_computes(kind, arguments, shape):
    twin = getattr(keras.layers, KERAS[kind])(**arguments)
    assert_same({kind: arguments}, twin, shape)


@pytest.mark.parametrize("kind", ["cropping1d", "cropping2d", "zero_padding3d", "up_sampling1d"])
def test_edges_and_factors_read_back_as_they_are_written(kind):
    layer = find(kind, "layer").model_validate({})
    assert type(layer).model_validate(layer.model_dump()) == layer


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ({"cropping2d": [[1, 0], [0, 2]]}, (4, 5, 2)),
        ({"zero_padding1d": [1, 2]}, (4, 2)),
        ({"up_sampling3d": {"size": 2, **FIRST}}, (2, 1, 2, 3)),
        ({"up_sampling2d": {"interpolation": "bilinear"}}, (2, 3, 1)),
        ({"permute": [2, 1]}, (2, 3)),
        ({"repeat_vector": 3}, (2,)),
    ],
    ids=str,
)
def test_reshaping_is_printed_as_it_runs(layer, shape):
    assert_same_model(compiled([layer], {"x": TensorType(shape)}))


@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool"])
@pytest.mark.parametrize("kind", ["cropping2d", "zero_padding2d", "up_sampling2d"])
def test_cells_keep_their_type(kind, dtype):
    layer = find(kind, "layer").model_validate({})
    assert layer.infer(TensorType((3, 3, 1), dtype)).output.dtype == dtype


@pytest.mark.parametrize(
    ("kind", "arguments", "shape", "message"),
    [
        ("cropping1d", {"cropping": [1, 2]}, (3, 2), "leaves nothing of 3"),
        ("cropping2d", {}, (3, 2), r"needs float32\[batch, height, width, channels\]"),
        ("permute", {"dims": [2, 1]}, (3, 2, 1), "orders 2 axes"),
        ("repeat_vector", {"n": 2}, (3, 2), r"needs float32\[batch, features\]"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(kind, arguments, shape, message):
    layer = find(kind, "layer").model_validate(arguments)
    with pytest.raises(ShapeError, match=message):
        layer.infer(TensorType(shape))


def test_interpolation_needs_floats():
    layer = find("up_sampling2d", "layer").model_validate({"interpolation": "bilinear"})
    with pytest.raises(ShapeError, match="needs floats"):
        layer.infer(TensorType((3, 2, 1), "uint8"))


@pytest.mark.parametrize("dims", [[1, 1], [2], [1, 3]], ids=str)
def test_permute_names_each_axis_once(dims):
    with pytest.raises(ValidationError, match="names each axis from 1 to"):
        find("permute", "layer").model_validate({"dims": dims})
