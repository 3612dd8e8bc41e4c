import keras
import pytest

from kc.core.types import ShapeError, TensorType
from kc.library.losses.dice import Dice
from kc.library.losses.tversky import Tversky
from tests.library.losses.parity import assert_same, fractions, labels

MASKS, OUTPUTS = labels(3, 4, 4, 2, classes=2), fractions(3, 4, 4, 2)
AXES = [
    pytest.param({}, id="whole batch"),
    pytest.param({"axis": (1, 2, 3)}, id="each example"),
    pytest.param({"axis": (0, 1, 2)}, id="each channel"),
    pytest.param({"axis": (-2, -3)}, id="each channel of each example"),
    pytest.param({"axis": 1}, id="one axis"),
    pytest.param({"axis": (1, 2, 3), "reduction": "sum"}, id="sum"),
    pytest.param({"reduction": "sum"}, id="sum of one value"),
    pytest.param({"axis": (0, 1), "reduction": "sum"}, id="sum over places"),
]


@pytest.mark.parametrize("arguments", AXES)
def test_dice_computes_what_keras_computes(arguments):
    assert_same(Dice(**arguments), keras.losses.Dice(**arguments), MASKS, OUTPUTS)


@pytest.mark.parametrize("arguments", AXES)
@pytest.mark.parametrize("weights", [{}, {"alpha": 0.3, "beta": 0.9}])
def test_tversky_computes_what_keras_computes(arguments, weights):
    loss, twin = Tversky(**arguments, **weights), keras.losses.Tversky(**arguments, **weights)
    assert_same(loss, twin, MASKS, OUTPUTS)


@pytest.mark.parametrize("loss", [Dice, Tversky])
def test_numbers_without_an_axis_overlap_too(loss):
    twin = getattr(keras.losses, loss.__name__)()
    assert_same(loss(), twin, labels(5, classes=2), fractions(5, 1))


@pytest.mark.parametrize("axis", [3, -4, (1, 1), (1, -1)])
def test_axes_have_to_be_those_of_the_output(axis):
    with pytest.raises(ShapeError, match="axis"):
        Dice(axis=axis).target(TensorType((2,)))
