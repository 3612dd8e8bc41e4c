import keras
import pytest
from pydantic import ValidationError

from kc.core.types import ShapeError, TensorType
from kc.library.layers.group_normalization import GroupNormalization
from tests.emit.same import assert_same_model
from tests.library.layers.parity import assert_same
from tests.models import compiled

CASES = [
    pytest.param({"groups": 2}, (4, 3, 6), id="image"),
    pytest.param({"groups": 4, "epsilon": 0.2, "scale": False}, (4,), id="vector, no gamma"),
    pytest.param({"groups": -1, "center": False}, (4, 3), id="instances, no beta"),
    pytest.param({"groups": 3, "axis": 1}, (6, 4, 2), id="channels first"),
    pytest.param({"groups": 1, "axis": 2, "center": False, "scale": False}, (3, 4), id="one group"),
]


@pytest.mark.parametrize(("arguments", "shape"), CASES)
def test_group_normalization_computes_what_keras_computes(arguments, shape):
    twin = keras.layers.GroupNormalization(**arguments)
    assert_same({"group_normalization": arguments}, twin, shape)


def test_a_middle_axis_has_groups_where_keras_normalizes_another_one():
    # Keras counts axis -2 in the array that already has the groups, and so takes another axis.
    first = keras.layers.GroupNormalization(groups=2, axis=2)
    assert_same({"group_normalization": {"groups": 2, "axis": -2}}, first, (3, 4, 2))


def test_group_normalization_is_printed_as_it_runs():
    assert_same_model(compiled([{"group_normalization": 2}], {"x": TensorType((3, 4))}))


def test_groups_have_to_divide_the_channels():
    with pytest.raises(ShapeError, match="cannot divide 6 channels into 4 groups"):
        GroupNormalization(groups=4).infer(TensorType((3, 6)))


@pytest.mark.parametrize("groups", [0, -2])
def test_groups_are_counted(groups):
    with pytest.raises(ValidationError, match="-1 for one group per channel"):
        GroupNormalization(groups=groups)
