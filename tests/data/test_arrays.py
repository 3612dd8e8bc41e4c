import numpy as np
import pytest

from kc.core.data import DataError
from kc.runtime.data.arrays import from_arrays

A, B = np.zeros((3, 2)), np.ones((3, 4))


def refusal(x, inputs, y=None, outputs=("out",)) -> DataError:
    with pytest.raises(DataError) as caught:
        from_arrays(x, y, inputs, outputs)
    return caught.value


@pytest.mark.parametrize(
    "x",
    [
        pytest.param(A, id="array"),
        pytest.param(A.tolist(), id="nested list"),
        pytest.param([A], id="list of one array"),
        pytest.param({"x": A}, id="by name"),
    ],
)
def test_one_input_takes_one_array(x):
    examples = from_arrays(x, None, ["x"], ["out"])
    np.testing.assert_array_equal(examples.inputs["x"], A)
    assert not examples.targets


def test_the_only_array_may_have_any_name():
    assert list(from_arrays({"image": A}, None, ["x"], ["out"]).inputs) == ["image"]


@pytest.mark.parametrize(
    "x",
    [
        pytest.param([A, B], id="list"),
        pytest.param((A, B), id="tuple"),
        pytest.param({"b": B, "a": A}, id="by name"),
        pytest.param([A.tolist(), B.tolist()], id="nested lists"),
    ],
)
def test_several_inputs_take_several_arrays(x):
    examples = from_arrays(x, None, ["a", "b"], ["out"])
    assert {n: v.shape for n, v in examples.inputs.items()} == {"a": (3, 2), "b": (3, 4)}


def test_targets_go_by_the_names_of_outputs():
    examples = from_arrays(A, [1, 2, 3], ["x"], ["out"])
    assert examples.targets["out"].tolist() == [1, 2, 3]


def test_arrays_are_not_copied():
    assert from_arrays(A, None, ["x"], ["out"]).inputs["x"] is A


@pytest.mark.parametrize(
    ("x", "inputs", "message", "help"),
    [
        pytest.param(A, ["a", "b"], "`x` is one array, the model has 2 inputs",
                     "pass a dict with `a`, `b`", id="one array for two inputs"),
        pytest.param([A], ["a", "b"], "`x` is a list of 1 array, the model has 2 inputs",
                     "give one for each of `a`, `b`", id="too few"),
        pytest.param([A, A, A], ["x"], "`x` is a list of 3 arrays, the model has 1 input",
                     "stack them into one array: `np.stack(...)`", id="too many"),
        pytest.param({"a": A, "bb": B}, ["a", "b"],
                     "`x` holds `bb`, but the model has no input of that name",
                     "did you mean `b`?", id="an unknown name"),
        pytest.param({}, ["x"], "`x` holds no array", "give `x`", id="an empty dict"),
    ],
)  # fmt: skip
def test_arrays_that_the_model_has_no_place_for_are_refused(x, inputs, message, help):
    error = refusal(x, inputs)
    assert (error.code.id, error.message, error.help) == ("KC405", message, help)


def test_rows_of_different_length_are_refused():
    error = refusal([[1, 2], [3]], ["x"])
    assert error.code.id == "KC406"
    assert error.message.startswith("`x` is no array: ")
    assert error.help == "give all rows the same shape"


@pytest.mark.parametrize("x", [[{}], {"x": object()}, np.array([None])])
def test_objects_are_refused(x):
    error = refusal(x, ["x"])
    assert error.code.id == "KC414"
    assert error.message.endswith("holds Python objects, not numbers")


def test_the_argument_is_named_in_errors():
    assert refusal({"a": A, "b": [[1], [1, 2]]}, ["a", "b"]).message.startswith("`x['b']` is")
    assert refusal(A, ["x"], y=[object()]).message.startswith("`y` holds")
