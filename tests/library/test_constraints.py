import keras
import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.registry import entries
from kc.core.types import ShapeError

CASES = [
    ("non_neg", {}, keras.constraints.NonNeg()),
    ("max_norm", {}, keras.constraints.MaxNorm()),
    ("max_norm", {"max_value": 0.5, "axis": 1}, keras.constraints.MaxNorm(0.5, 1)),
    ("max_norm", {"max_value": 0.5, "axis": (0, 1)}, keras.constraints.MaxNorm(0.5, (0, 1))),
    ("unit_norm", {}, keras.constraints.UnitNorm()),
    ("unit_norm", {"axis": -1}, keras.constraints.UnitNorm(-1)),
    ("min_max_norm", {}, keras.constraints.MinMaxNorm()),
    (
        "min_max_norm",
        {"min_value": 0.5, "max_value": 1.5, "rate": 0.3, "axis": (0, 2)},
        keras.constraints.MinMaxNorm(0.5, 1.5, 0.3, (0, 2)),
    ),
]


@pytest.mark.parametrize(
    ("kind", "arguments", "twin"), [pytest.param(*c, id=f"{c[0]} {c[1]}") for c in CASES]
)
def test_constraints_are_those_of_keras(kind, arguments, twin):
    call = entries("constraint")[kind].model_validate(arguments).lower()
    weight = np.random.default_rng(0).normal(size=(4, 3, 2)).astype("float32")
    weight[:, 0] = 0
    ours = call.function(weight, **call.settings)
    np.testing.assert_allclose(ours, np.asarray(twin(weight)), 1e-5, 1e-7)


def test_every_constraint_is_compared_with_keras():
    assert {case[0] for case in CASES} == set(entries("constraint"))


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ValidationError, match="`min_value` is above `max_value`, which is 1"):
        entries("constraint")["min_max_norm"].model_validate({"min_value": 2.0})


def test_a_weight_needs_the_axes_of_its_norm():
    with pytest.raises(ShapeError, match="there is no axis 2"):
        entries("constraint")["max_norm"](1.0, (0, 2)).check((3, 4))
