import pickle
import struct

import numpy as np
import pytest
from pydantic import ValidationError

from kc.core.data import DataError
from kc.library.sources.npy import Npy
from tests.library.sources.laws import check_laws


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(1)
    np.save(tmp_path / "x.npy", random.normal(size=(7, 2, 3)).astype("float32"))
    np.save(tmp_path / "y.npy", np.arange(7) % 3)
    np.save(tmp_path / "kind.npy", np.array([*"cabcabc"]))
    return tmp_path


def npy(header: str, body: bytes = b"") -> bytes:
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def refusal(source: Npy, folder) -> DataError:
    with pytest.raises(DataError) as caught:
        source.open(folder)
    return caught.value


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        pytest.param("x.npy", {"x": "x.npy"}, id="a path"),
        pytest.param(("a/x.npy", "b.npy"), {"x": "a/x.npy", "b": "b.npy"}, id="a list"),
        pytest.param({"image": "x.npy"}, {"image": "x.npy"}, id="a map"),
    ],
)
def test_arrays_are_called_after_their_files_or_by_a_map(inputs, named):
    assert Npy(inputs=inputs).inputs == named


def test_two_files_of_one_name_need_a_map():
    with pytest.raises(ValidationError, match="would both be called `x`: write a map"):
        Npy(inputs=["a/x.npy", "b/x.npy"])


def test_an_input_and_a_target_of_one_name_are_refused():
    with pytest.raises(ValidationError, match="`x` names both an input and the target"):
        Npy(inputs="a/x.npy", target="b/x.npy")


@pytest.mark.parametrize("target", [None, "y.npy", "kind.npy", {"a": "y.npy", "b": "kind.npy"}])
def test_rows_obey_the_laws(folder, target):
    check_laws(Npy(inputs="x.npy", target=target), folder)


def test_arrays_are_what_was_saved(folder):
    examples = Npy(inputs="x.npy", target="y.npy").load(folder)
    np.testing.assert_array_equal(examples.inputs["x"], np.load(folder / "x.npy"))
    np.testing.assert_array_equal(examples.targets["y"], np.load(folder / "y.npy"))


def test_words_of_a_target_become_class_numbers(folder):
    examples = Npy(inputs="x.npy", target="kind.npy").load(folder)
    assert examples.targets["kind"].tolist() == [2, 0, 1, 2, 0, 1, 2]
    assert examples.classes == {"kind": ("a", "b", "c")}


def test_order_of_fortran_survives(folder):
    array = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    np.save(folder / "x.npy", array)
    check_laws(Npy(inputs="x.npy"), folder)
    np.testing.assert_array_equal(Npy(inputs="x.npy").load(folder).inputs["x"], array)


def test_what_is_read_outlives_the_file(folder):
    examples = Npy(inputs="x.npy").load(folder)
    expected = np.load(folder / "x.npy")
    (folder / "x.npy").write_bytes(b"")
    np.testing.assert_array_equal(examples.inputs["x"], expected)


def test_a_copy_of_rows_holds_no_array(folder):
    np.save(folder / "x.npy", np.zeros((1000, 100)))
    assert len(pickle.dumps(Npy(inputs="x.npy").open(folder))) < 2000


def test_a_file_that_was_cut_since_it_was_opened_is_refused(folder):
    rows = Npy(inputs="x.npy").open(folder)
    (folder / "x.npy").write_bytes((folder / "x.npy").read_bytes()[:-1])
    with pytest.raises(DataError, match=r"`x.npy` is damaged: it declares the shape"):
        rows.read(np.array([6]))


def test_arrays_of_another_length_are_named(folder):
    np.save(folder / "y.npy", np.arange(6))
    error = refusal(Npy(inputs="x.npy", target="y.npy"), folder)
    assert (error.code.id, error.message) == ("KC408", "`x` has 7 examples, `y` has 6")


@pytest.mark.parametrize(
    ("array", "code"),
    [
        pytest.param(np.float32(1), "KC406", id="a single number"),
        pytest.param(np.zeros((0, 3)), "KC409", id="no example"),
    ],
)
def test_an_array_without_rows_is_refused(folder, array, code):
    np.save(folder / "x.npy", array)
    assert refusal(Npy(inputs="x.npy"), folder).code.id == code


def test_a_pickle_is_refused_and_never_run(folder):
    canary = folder / "canary"
    payload = f"cposix\nsystem\n(S'touch {canary}'\ntR.".encode()
    header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"
    (folder / "x.npy").write_bytes(npy(header, payload))
    error = refusal(Npy(inputs="x.npy"), folder)
    assert (error.code.id, error.message) == (
        "KC404", "the array of `x.npy` holds Python objects"
    )  # fmt: skip
    assert not canary.exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2199023255552,)}",
                         b"1234"), id="a shape beyond its size"),
        pytest.param(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", b"1" * 9),
                     id="a shape below its size"),
        pytest.param(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1)}", b"1234"),
                     id="negative sizes"),
        pytest.param(npy("(" * 900), id="a header of parentheses"),
        pytest.param(npy("{" + " " * 60_000 + "}"), id="a long header"),
        pytest.param(b"x,y\n1,2\n", id="a table"),
        pytest.param(b"", id="nothing"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_before_it_is_read(folder, content):
    (folder / "x.npy").write_bytes(content)
    error = refusal(Npy(inputs="x.npy"), folder)
    assert error.code.id == "KC404"
    assert error.message.startswith("`x.npy` is damaged: ")
    assert error.help == "write the file again with `np.save('x.npy', x)`"


def test_a_file_outside_of_the_folder_is_refused(folder):
    (folder / "job").mkdir()
    assert refusal(Npy(inputs="../x.npy"), folder / "job").code.id == "KC412"


def test_columns_are_inputs_targets_and_other_files(folder):
    np.save(folder / "weight.npy", np.array([[0.5]] * 7, "float32"))
    source = Npy(inputs="x.npy", target={"y": "kind.npy"})
    columns = source.columns(folder, ["y", "weight.npy"])
    assert columns["y"].tolist() == [*"cabcabc"]
    assert (columns["weight.npy"].dtype, columns["weight.npy"].shape) == (np.float64, (7,))


@pytest.mark.parametrize(
    ("name", "code"), [("x", "KC406"), ("weight", "KC405"), ("weight.npy", "KC401")]
)
def test_what_is_no_column_is_refused(folder, name, code):
    with pytest.raises(DataError) as caught:
        Npy(inputs="x.npy", target="y.npy").columns(folder, [name])
    assert caught.value.code.id == code


def test_the_source_tells_its_files():
    assert Npy(inputs=["x.npy", "z.npy"], target={"y": "z.npy"}).files() == ("x.npy", "z.npy")
