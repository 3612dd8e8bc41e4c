import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kc.core.data import DataError, Examples
from kc.core.registry import entries
from kc.core.types import TensorType
from kc.runtime.data.prepare import prepare

FLOAT2 = TensorType((2,))
IMAGE = TensorType((8, 8, 1))


def loss(kind: str, *shape: int, **fields: object):
    return {"out": (entries("loss")[kind](**fields), TensorType(shape))}


def prepared_input(array: np.ndarray, kind: TensorType) -> np.ndarray:
    return prepare(Examples({"x": array}), {"x": kind}, {}).inputs["x"]


def prepared_target(array, losses) -> np.ndarray:
    x = np.zeros((len(array), 2), "float32")
    return prepare(Examples({"x": x}, {"y": array}), {"x": FLOAT2}, losses).targets["out"]


def refusal(examples: Examples, inputs=None, losses=None) -> DataError:
    with pytest.raises(DataError) as caught:
        prepare(examples, inputs or {"x": FLOAT2}, losses or {})
    return caught.value


def refused_input(array: np.ndarray, kind: TensorType) -> DataError:
    return refusal(Examples({"x": array}), {"x": kind})


def refused_target(array: np.ndarray, losses) -> DataError:
    return refusal(Examples({"x": np.zeros((len(array), 2))}, {"y": array}), losses=losses)


# names


def test_a_single_input_and_output_take_the_only_arrays():
    examples = Examples({"image": np.zeros((3, 2))}, {"digit": np.zeros(3)})
    fitted = prepare(examples, {"x": FLOAT2}, loss("mean_squared_error", 1))
    assert (list(fitted.inputs), list(fitted.targets)) == (["x"], ["out"])


def test_the_words_of_classes_go_with_their_targets():
    losses = loss("sparse_categorical_crossentropy", 2)
    words = {"y": ("cat", "dog")}
    examples = Examples({"x": np.zeros((2, 2))}, {"y": np.arange(2)}, classes=words)
    assert prepare(examples, {"x": FLOAT2}, losses).classes == {"out": ("cat", "dog")}
    named = {"out": examples.targets["y"], "other": np.arange(2)}
    examples = Examples(examples.inputs, named, classes={"out": ("no", "yes"), "other": ("a", "b")})
    assert prepare(examples, {"x": FLOAT2}, losses).classes == {"out": ("no", "yes")}


def test_arrays_of_the_right_name_are_chosen_among_others():
    examples = Examples({"x": np.zeros((3, 2)), "more": np.zeros(3)}, {"a": np.zeros(3)})
    fitted = prepare(examples, {"x": FLOAT2}, {})
    assert (list(fitted.inputs), list(fitted.targets)) == (["x"], [])


def test_an_input_without_array_is_named():
    examples = Examples({"imge": np.zeros((3, 2)), "b": np.zeros((3, 2))})
    error = refusal(examples, {"image": FLOAT2, "b": FLOAT2})
    assert error.code.id == "KC405"
    assert error.message == "the data has no array `image` for the model's input `image`"
    assert error.help == "did you mean `imge`?"


def test_an_output_without_target_is_named():
    error = refusal(Examples({"x": np.zeros((3, 2))}), losses=loss("mean_squared_error", 1))
    assert error.code.id == "KC413"
    assert error.message == "the output `out` has a loss, but the data has no target"
    assert error.help == "name the `target` of the source, or pass `y`"


def test_several_targets_need_names_that_match():
    examples = Examples({"x": np.zeros((3, 2))}, {"a": np.zeros(3), "b": np.zeros(3)})
    error = refusal(examples, losses=loss("mean_squared_error", 1))
    assert error.code.id == "KC413"
    assert error.help == "the data has 2 targets: `a`, `b`"


# shapes


@pytest.mark.parametrize(
    ("found", "declared"),
    [((8, 8), (8, 8, 1)), ((8, 8, 1), (8, 8)), ((), (1,)), ((1,), ()), ((0,), (0,))],
)
def test_a_last_axis_of_one_is_added_or_dropped(found, declared):
    array = np.zeros((3, *found))
    assert prepared_input(array, TensorType(declared)).shape == (3, *declared)


def test_a_wrong_shape_names_both():
    error = refused_input(np.zeros((5, 28, 28)), IMAGE)
    assert error.code.id == "KC406"
    assert error.message == "`x` has examples of shape [28, 28], the model takes [8, 8, 1]"
    assert error.help == "declare `x: [28, 28]` in `model.inputs`, or reshape the data"


def test_a_forgotten_batch_is_recognized():
    error = refused_input(np.zeros((8, 8, 1)), IMAGE)
    assert error.help == "one example needs the batch in front: `x[None]`"


def test_a_single_number_is_no_array_of_examples():
    error = refused_input(np.array(3.0), TensorType(()))
    assert (error.code.id, error.message) == (
        "KC406",
        "`x` is a single number, not one row per example",
    )


def test_arrays_of_different_length_are_refused():
    examples = Examples({"x": np.zeros((100, 2))}, {"y": np.zeros(99)})
    error = refusal(examples, losses=loss("mean_squared_error", 1))
    assert (error.code.id, error.message) == ("KC408", "`x` has 100 examples, `out` has 99")


def test_no_examples_are_refused():
    assert refused_input(np.zeros((0, 2)), FLOAT2).code.id == "KC409"


# types


@pytest.mark.parametrize(
    "dtype",
    ["float64", "float32", "float16", ">f4", ">f8", "int8", "int64", "uint8", "uint64", "bool",
     ml_dtypes.bfloat16],
)  # fmt: skip
def test_every_number_becomes_float32(dtype):
    fitted = prepared_input(np.array([[0, 1], [1, 1]]).astype(dtype), FLOAT2)
    assert fitted.dtype == np.float32
    assert fitted.dtype.isnative
    assert fitted.tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize("dtype", ["int64", "uint64", "uint8", "float64", ">i8", "bool"])
@pytest.mark.parametrize("kind", ["int32", "uint8", "bool"])
def test_whole_numbers_become_the_type_of_the_input(dtype, kind):
    fitted = prepared_input(np.array([[0, 1]]).astype(dtype), TensorType((2,), kind))
    assert fitted.dtype == kind
    assert fitted.tolist() == [[0, 1]]


@given(arrays.arrays("float64", (4, 2), elements=st.floats(-1e38, 1e38)))
def test_float64_is_rounded_as_numpy_does(array):
    np.testing.assert_array_equal(prepared_input(array, FLOAT2), array.astype("float32"))


@given(arrays.arrays("int64", (3, 2)))
def test_int64_is_kept_or_refused(array):
    try:
        fitted = prepared_input(array, TensorType((2,), "int32"))
    except DataError as error:
        assert error.code.id == "KC406"  # noqa: PT017
        assert np.abs(array).max() >= 2**31 or array.min() < -(2**31)
    else:
        np.testing.assert_array_equal(fitted, array)


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        pytest.param(0.5, "int32", "`x` holds 0.5 in example 1, which int32 cannot express",
                     id="fraction"),
        pytest.param(2.0**31, "int32", "`x` holds 2147483648 in example 1, which int32 cannot "
                     "express", id="above int32"),
        pytest.param(256, "uint8", "`x` holds 256 in example 1, which uint8 cannot express",
                     id="above uint8"),
        pytest.param(-1, "uint8", "`x` holds -1 in example 1, which uint8 cannot express",
                     id="below uint8"),
        pytest.param(2, "bool", "`x` holds 2 in example 1, which bool cannot express", id="bool"),
        pytest.param(1e300, "float32", "`x` holds 1e+300 in example 1, which float32 cannot "
                     "express", id="above float32"),
    ],
)  # fmt: skip
def test_a_value_that_would_be_lost_is_refused(value, kind, words):
    error = refused_input(np.array([[0.0], [value]]), TensorType((1,), kind))
    assert (error.code.id, error.message) == ("KC406", words)
    assert error.help == "mend the data, or declare another `dtype` in `model.inputs`"


@pytest.mark.parametrize(
    ("dtype", "words"),
    [("U3", "text"), ("S3", "bytes"), ("complex64", "complex numbers"), ("M8[s]", "dates"),
     ("m8[s]", "time spans"), ("O", "Python objects"), ("f4,i4", "records")],
)  # fmt: skip
def test_what_is_no_number_is_refused(dtype, words):
    error = refused_input(np.zeros((1, 2), dtype), FLOAT2)
    assert (error.code.id, error.message) == ("KC414", f"`x` holds {words}, not numbers")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", ml_dtypes.bfloat16])
def test_a_value_that_is_not_finite_is_named(value, dtype):
    array = np.zeros((5, 2), dtype)
    array[3, 1] = float(value)
    error = refused_input(array, FLOAT2)
    assert (error.code.id, error.message) == ("KC414", f"`x` holds {value} in example 3")
    assert error.help == "drop such examples, or fill in a number"


def test_the_array_itself_is_passed_on_where_it_fits():
    array = np.zeros((3, 2), "float32")
    assert prepared_input(array, FLOAT2) is array


def test_arrays_of_the_user_are_not_modified():
    x, y = np.arange(6.0).reshape(3, 2), np.array([0, 1, 1])
    x.flags.writeable = y.flags.writeable = False
    prepare(Examples({"x": x}, {"y": y}), {"x": FLOAT2}, loss("mean_squared_error", 1))


# targets


@pytest.mark.parametrize(
    ("kind", "units", "target", "shape", "dtype"),
    [
        ("sparse_categorical_crossentropy", 3, np.array([0, 1, 2]), (3,), "int32"),
        ("sparse_categorical_crossentropy", 3, np.array([[0.0], [2.0]]), (2,), "int32"),
        ("categorical_crossentropy", 3, np.eye(3), (3, 3), "float32"),
        ("binary_crossentropy", 1, np.array([True, False]), (2, 1), "float32"),
        ("mean_squared_error", 1, np.array([1, 2]), (2, 1), "float32"),
        ("mean_squared_error", 1, np.array([[1.5], [2]]), (2, 1), "float32"),
    ],
)
def test_targets_get_the_shape_and_type_that_the_loss_takes(kind, units, target, shape, dtype):
    fitted = prepared_target(target, loss(kind, units))
    assert (fitted.shape, fitted.dtype) == (shape, dtype)
    np.testing.assert_array_equal(fitted.ravel(), target.ravel())


@pytest.mark.parametrize(
    ("kind", "units", "target", "message", "help"),
    [
        pytest.param(
            "categorical_crossentropy", 3, np.array([0, 1, 2]),
            "categorical_crossentropy of the output `out` takes targets [batch, 3], these are "
            "[batch]",
            "these are labels: use the loss `sparse_categorical_crossentropy`", id="labels",
        ),
        pytest.param(
            "categorical_crossentropy", 3, np.array([[0], [1]]),
            "categorical_crossentropy of the output `out` takes targets [batch, 3], these are "
            "[batch, 1]",
            "these are labels: use the loss `sparse_categorical_crossentropy`",
            id="a column of labels",
        ),
        pytest.param(
            "sparse_categorical_crossentropy", 3, np.eye(3),
            "sparse_categorical_crossentropy of the output `out` takes targets [batch], these are "
            "[batch, 3]",
            "these are one-hot rows: use the loss `categorical_crossentropy`", id="one-hot rows",
        ),
        pytest.param(
            "binary_crossentropy", 10, np.array([0, 1]),
            "binary_crossentropy of the output `out` takes targets [batch, 10], these are [batch]",
            "these are labels: use the loss `sparse_categorical_crossentropy`",
            id="labels for several units",
        ),
        pytest.param(
            "mean_squared_error", 1, np.zeros((2, 3)),
            "mean_squared_error of the output `out` takes targets [batch, 1], these are [batch, 3]",
            "give the output 3 units, or choose another target", id="several values",
        ),
        pytest.param(
            "mean_squared_error", 3, np.zeros(2),
            "mean_squared_error of the output `out` takes targets [batch, 3], these are [batch]",
            "give the output 1 unit, or choose another target", id="one value",
        ),
    ],
)  # fmt: skip
def test_a_target_that_the_loss_cannot_take_names_the_right_one(kind, units, target, message, help):
    error = refused_target(target, loss(kind, units))
    assert (error.code.id, error.message, error.help) == ("KC509", message, help)


@pytest.mark.parametrize("label", [3, -1, 0.5])
def test_a_label_without_output_is_named(label):
    error = refused_target(np.array([0, label, 1]), loss("sparse_categorical_crossentropy", 3))
    assert error.code.id == "KC407"
    assert error.message == (
        f"the label {label:g} of example 1 has no output: the model has 3 units"
    )
    assert error.help.startswith("labels are whole numbers from 0 to 2")


def test_an_ignored_label_may_lie_outside():
    losses = loss("sparse_categorical_crossentropy", 3, ignore_class=-1)
    assert prepared_target(np.array([0, -1, 2]), losses).tolist() == [0, -1, 2]


def test_a_probability_above_one_is_named():
    error = refused_target(np.array([0, 2]), loss("binary_crossentropy", 1))
    assert error.code.id == "KC407"
    assert error.message == "the target 2 of example 1 is no probability"


def test_a_target_that_is_not_finite_is_named():
    error = refused_target(np.array([0, np.nan]), loss("mean_squared_error", 1))
    assert (error.code.id, error.message) == ("KC414", "`out` holds nan in example 1")
