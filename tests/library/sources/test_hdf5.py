import h5py
import numpy as np
import pytest

from kc.core.data import DataError
from kc.library.sources.hdf5 import Hdf5
from tests.library.sources.laws import check_laws

X = np.random.default_rng(1).normal(size=(9, 2, 3)).astype("float32")
Y = np.arange(9) % 4
WORDS = [*"cabcabcab"]


@pytest.fixture
def folder(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"], file["y"] = X, Y
        file["train/x"], file["train/kind"] = X[::-1], np.array(WORDS, "S")
        file.create_dataset("packed", data=X, chunks=(2, 2, 3), compression="gzip", shuffle=True,
                            fletcher32=True)  # fmt: skip
    return tmp_path


def written(folder, write):
    with h5py.File(folder / "data.h5", "w") as file:
        write(file)


def refusal(folder, inputs=("x",), **fields) -> DataError:
    with pytest.raises(DataError) as caught:
        Hdf5(path="data.h5", inputs=inputs, **fields).load(folder)
    return caught.value


@pytest.mark.parametrize(
    ("fields", "inputs"),
    [
        pytest.param({"target": "y"}, ["packed", "x"], id="all in no group but the target"),
        pytest.param({"inputs": "train/x", "target": "train/kind"}, ["x"], id="in a group"),
        pytest.param({"inputs": {"a": "x", "b": "train/x"}}, ["a", "b"], id="a map"),
        pytest.param({"inputs": ("packed",), "target": ("y",)}, ["packed"], id="lists"),
    ],
)
def test_rows_obey_the_laws(folder, fields, inputs):
    source = Hdf5(path="data.h5", **fields)
    assert list(source.load(folder).inputs) == inputs
    check_laws(source, folder)


def test_arrays_are_what_was_written(folder):
    examples = Hdf5(path="data.h5", inputs=("x", "packed"), target="y").load(folder)
    np.testing.assert_array_equal(examples.inputs["x"], X)
    np.testing.assert_array_equal(examples.inputs["packed"], X)
    np.testing.assert_array_equal(examples.targets["y"], Y)


@pytest.mark.parametrize("dtype", [h5py.string_dtype("utf-8", 4), "S1"])
def test_words_of_a_target_become_class_numbers(folder, dtype):
    written(folder, lambda f: (f.create_dataset("x", data=X),
                               f.create_dataset("y", data=WORDS, dtype=dtype)))  # fmt: skip
    examples = Hdf5(path="data.h5", target="y").load(folder)
    assert examples.targets["y"].tolist() == [2, 0, 1, 2, 0, 1, 2, 0, 1]
    assert examples.classes == {"y": ("a", "b", "c")}


def test_a_missing_array_gets_a_near_miss(folder):
    error = refusal(folder, "train/kin")
    assert (error.code.id, error.message) == ("KC405", "`data.h5` has no array `train/kin`")
    assert error.help == "did you mean `train/kind`?"


def test_a_file_of_groups_needs_names(folder):
    written(folder, lambda f: f.create_dataset("train/x", data=X))
    error = refusal(folder, None)
    assert error.message == "`data.h5` has no array for an input outside of its groups"
    assert error.help == "name some in `inputs`; it holds `train/x`"


def external_link(file):
    file["x"] = h5py.ExternalLink("other.h5", "x")


def soft_link(file):
    file["x"] = h5py.SoftLink("/y")


def external_values(file):
    file.create_dataset("x", (2,), "u1", external=[("/etc/passwd", 0, 2)])


def virtual(file):
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (2,))
    file.create_virtual_dataset("x", layout)


def never_written(file):
    file.create_dataset("x", (2**40,), "f4")


def never_written_chunks(file):
    file.create_dataset("x", (2**40,), "f4", chunks=(1024,), compression="gzip")


def large_chunks(file):
    file.create_dataset("x", data=np.zeros((2**24 + 1, 4), "u1"), chunks=(2**24 + 1, 4),
                        compression="gzip")  # fmt: skip


def another_filter(file):
    file.create_dataset("x", data=X, chunks=(2, 2, 3), compression="lzf")


def records(file):
    file["x"] = np.zeros(3, [("a", "f4"), ("b", "i4")])


def references(file):
    file["y"] = X
    file.create_dataset("x", data=[file["y"].ref], dtype=h5py.ref_dtype)


def lists(file):
    file.create_dataset("x", (3,), h5py.vlen_dtype(np.float32))


def long_text(file):
    file["x"] = WORDS


def nothing(file):
    file["x"] = h5py.Empty("f4")


@pytest.mark.parametrize(
    "write",
    [
        external_link, soft_link, external_values, virtual, never_written, never_written_chunks,
        large_chunks, another_filter, records, references, lists, long_text,
        nothing,
    ],
)  # fmt: skip
def test_what_lies_elsewhere_or_is_no_array_is_refused(folder, write):
    written(folder, write)
    error = refusal(folder)
    assert error.code.id == "KC404"
    assert "`x`" in error.message
    assert error.help


@pytest.mark.parametrize("name", ["/x", "x/", "..", "./x", "x/y", "\0", "train", "ü"])
def test_strange_names_are_refused(folder, name):
    assert refusal(folder, {"x": name}).code.id in {"KC404", "KC405"}


def test_a_file_that_is_no_hdf5_is_refused(folder):
    (folder / "data.h5").write_bytes(b"x,y\n1,2\n")
    error = refusal(folder)
    assert (error.code.id, error.message) == ("KC404", "`data.h5` is no HDF5 file")


def test_every_cut_of_a_file_is_refused(folder):
    raw = (folder / "data.h5").read_bytes()
    for size in range(0, len(raw), 97):
        (folder / "data.h5").write_bytes(raw[:size])
        assert refusal(folder, ("x", "packed"), target="y").code.id in {"KC404", "KC405"}


def test_a_flipped_bit_in_checked_values_is_refused(folder):
    whole = (folder / "data.h5").read_bytes()
    with h5py.File(folder / "data.h5") as file:
        chunk = file["packed"].id.get_chunk_info(1)
    flipped = bytearray(whole)
    flipped[chunk.byte_offset + chunk.size // 2] ^= 1
    (folder / "data.h5").write_bytes(flipped)
    error = refusal(folder, "packed")
    assert (error.code.id, error.help) == ("KC404", "write the file again")
    assert error.message.startswith("`data.h5` is damaged: ")


def test_arrays_of_another_length_are_named(folder):
    written(folder, lambda f: (f.create_dataset("x", data=X), f.create_dataset("y", data=Y[1:])))
    error = refusal(folder, target="y")
    assert (error.code.id, error.message) == ("KC408", "`x` has 9 examples, `y` has 8")


def test_a_file_that_was_written_anew_is_refused(folder):
    rows = Hdf5(path="data.h5", inputs="x").open(folder)
    written(folder, lambda f: f.create_dataset("x", data=X[1:]))
    with pytest.raises(DataError, match=r"`data.h5` was changed while it was read"):
        rows.read(np.array([0]))


def test_a_file_outside_of_the_folder_is_refused(folder):
    (folder / "job").mkdir()
    with pytest.raises(DataError, match="lies outside"):
        Hdf5(path="../data.h5").open(folder / "job")


def test_columns_are_datasets_by_path_or_by_name(folder):
    source = Hdf5(path="data.h5", inputs="x", target={"label": "y"})
    columns = source.columns(folder, ["label", "train/kind"])
    assert (columns["label"].dtype, columns["label"].tolist()) == (np.int64, Y.tolist())
    assert columns["train/kind"].tolist() == WORDS


@pytest.mark.parametrize(("name", "code"), [("x", "KC406"), ("group", "KC405")])
def test_what_is_no_column_is_refused(folder, name, code):
    with pytest.raises(DataError) as caught:
        Hdf5(path="data.h5").columns(folder, [name])
    assert caught.value.code.id == code
