import io
import struct
import zipfile

import numpy as np
import pytest

from kc.core.data import DataError
from kc.library.sources.npz import Npz


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.ones((3, 2), "float32"), y=np.arange(3))
    return tmp_path


def npy(header: str, body: bytes = b"") -> bytes:
    text = header.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def zip_of(path, compression=zipfile.ZIP_STORED, **members: bytes):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)


def refusal(source: Npz, folder) -> DataError:
    with pytest.raises(DataError) as caught:
        source.load(folder)
    return caught.value


def test_all_arrays_but_the_target_are_inputs(folder):
    examples = Npz(path="data.npz", target="y").load(folder)
    assert {n: a.shape for n, a in examples.inputs.items()} == {"x": (3, 2)}
    assert {n: a.tolist() for n, a in examples.targets.items()} == {"y": [0, 1, 2]}


def test_without_target_all_arrays_are_inputs(folder):
    examples = Npz(path="data.npz").load(folder)
    assert list(examples.inputs) == ["x", "y"]
    assert not examples.targets


def test_inputs_and_targets_can_be_lists(folder):
    examples = Npz(path="data.npz", inputs=("y",), target=("x",)).load(folder)
    assert (list(examples.inputs), list(examples.targets)) == (["y"], ["x"])


def test_compressed_arrays_of_zeros_load(tmp_path):
    np.savez_compressed(tmp_path / "zeros.npz", x=np.zeros((1000, 100)))
    assert Npz(path="zeros.npz").load(tmp_path).inputs["x"].shape == (1000, 100)


def test_fortran_order_survives(tmp_path):
    array = np.asfortranarray(np.arange(6).reshape(2, 3))
    np.savez(tmp_path / "f.npz", x=array)
    np.testing.assert_array_equal(Npz(path="f.npz").load(tmp_path).inputs["x"], array)


def test_a_pickled_array_is_refused_by_name(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.array([{}, {}], dtype=object))
    error = refusal(Npz(path="data.npz"), tmp_path)
    assert error.code.id == "KC404"
    assert error.message == "the array `x` of `data.npz` holds Python objects"
    assert error.help == "save an array of numbers: `x.astype('float32')`"


def test_a_pickle_is_never_run(tmp_path):
    canary = tmp_path / "canary"
    payload = f"cposix\nsystem\n(S'touch {canary}'\ntR.".encode()
    zip_of(tmp_path / "evil.npz", x=npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
                                        payload))  # fmt: skip
    assert refusal(Npz(path="evil.npz"), tmp_path).code.id == "KC404"
    assert not canary.exists()


def test_a_missing_array_is_named_with_those_there_are(folder):
    error = refusal(Npz(path="data.npz", inputs=("x_train",), target="y"), folder)
    assert error.code.id == "KC405"
    assert error.message == "`data.npz` has no array `x_train`"
    assert error.help == "one of `x`, `y`"


def test_a_target_that_is_the_only_array_leaves_no_input(tmp_path):
    np.savez(tmp_path / "y.npz", y=np.zeros(3))
    error = refusal(Npz(path="y.npz", target="y"), tmp_path)
    assert (error.code.id, error.help) == ("KC405", "it holds `y`")


def test_an_archive_without_arrays_says_so(tmp_path):
    zip_of(tmp_path / "empty.npz")
    assert refusal(Npz(path="empty.npz"), tmp_path).help == "the file holds no array"


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    np.save(tmp_path / "data.npy", np.zeros(3))
    error = refusal(Npz(path="data.npy"), tmp_path)
    assert (error.code.id, error.message) == ("KC404", "`data.npy` is no npz file")
    assert "np.savez" in error.help


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        pytest.param(
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2199023255552,)}", b"1234"),
            "declares the shape [2199023255552]",
            id="a shape beyond its size",
        ),
        pytest.param(
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", b"1" * 400),
            "declares the shape [2]",
            id="a shape below its size",
        ),
        pytest.param(
            npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", b"1234"),
            "declares the shape [-1]",
            id="a negative size",
        ),
        pytest.param(npy("(" * 900), "", id="a header of parentheses"),
        pytest.param(npy("-" * 990), "", id="a header of signs"),
        pytest.param(npy("{" + " " * 60_000 + "}"), "Header info length", id="a long header"),
        pytest.param(b"not an array", "magic string", id="no magic"),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"\x93NUMPY\x09\x00", "", id="an unknown version"),
    ],
)
def test_a_damaged_member_is_refused_before_it_is_read(tmp_path, member, reason):
    zip_of(tmp_path / "data.npz", x=member)
    error = refusal(Npz(path="data.npz"), tmp_path)
    assert error.code.id == "KC404"
    assert error.message.startswith("`data.npz` is damaged: ")
    assert reason in error.message


def test_a_member_that_declares_more_than_deflate_can_hold_is_refused(tmp_path):
    data = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (4096,)}", bytes(4096))
    zip_of(tmp_path / "data.npz", zipfile.ZIP_DEFLATED, x=data)
    raw = bytearray((tmp_path / "data.npz").read_bytes())
    size, huge = struct.pack("<I", len(data)), struct.pack("<I", 2**31 - 1)
    (tmp_path / "data.npz").write_bytes(bytes(raw).replace(size, huge))
    error = refusal(Npz(path="data.npz"), tmp_path)
    assert error.message == "`data.npz` is damaged: `x` declares more than it can hold"


def test_every_cut_of_a_file_is_refused(folder):
    raw = (folder / "data.npz").read_bytes()
    for size in range(0, len(raw), 7):
        (folder / "cut.npz").write_bytes(raw[:size])
        assert refusal(Npz(path="cut.npz", target="y"), folder).code.id == "KC404"


def test_every_flipped_byte_is_refused_or_harmless(folder):
    raw = (folder / "data.npz").read_bytes()
    expected = Npz(path="data.npz", target="y").load(folder)
    for position in range(0, len(raw), 3):
        flipped = bytearray(raw)
        flipped[position] ^= 0x40
        (folder / "flipped.npz").write_bytes(flipped)
        try:
            examples = Npz(path="flipped.npz", target="y").load(folder)
        except DataError as error:
            assert error.code.id in {"KC404", "KC405"}  # noqa: PT017
        else:
            np.testing.assert_array_equal(next(iter(examples.inputs.values())),
                                          expected.inputs["x"])  # fmt: skip


def test_an_encrypted_member_is_refused(folder):
    raw = bytearray((folder / "data.npz").read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := raw.find(mark, start)) >= 0:
            raw[start + offset] |= 1
            start += 4
    (folder / "secret.npz").write_bytes(raw)
    assert "encrypted" in refusal(Npz(path="secret.npz"), folder).message


def test_a_buffer_of_text_beside_the_arrays_is_ignored(folder):
    with zipfile.ZipFile(folder / "data.npz", "a") as archive:
        archive.writestr("README.txt", io.StringIO("hello").read())
    assert list(Npz(path="data.npz", target="y").load(folder).inputs) == ["x"]


def test_the_source_tells_its_file():
    assert Npz(path="data.npz").files() == ("data.npz",)


def test_words_of_a_target_become_class_numbers(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.ones(3), y=np.array(["dog", "cat", "dog"]))
    examples = Npz(path="data.npz", target="y").load(tmp_path)
    assert examples.targets["y"].tolist() == [1, 0, 1]
    assert examples.classes == {"y": ("cat", "dog")}


def test_columns_are_arrays_with_one_value_per_example(folder):
    assert Npz(path="data.npz").columns(folder, ["y"])["y"].tolist() == [0, 1, 2]
    with pytest.raises(DataError, match="not one value per example"):
        Npz(path="data.npz").columns(folder, ["x"])
    with pytest.raises(DataError, match="has no array `z`"):
        Npz(path="data.npz").columns(folder, ["z"])
