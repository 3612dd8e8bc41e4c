"""The file format refuses what does not belong, the store keeps what it acknowledged."""

from __future__ import annotations

import subprocess

import h5py
import numpy as np
import pytest

from kc.core.diagnostic import CompileError, Report
from kc.runtime.checkpoint import format
from kc.runtime.checkpoint.store import Store

TREE = {
    "dense": {"kernel": np.arange(6, dtype="float32").reshape(2, 3)},
    "a/b": {"bias": np.ones(3)},
}


def test_trees_and_plain_data_come_back(tmp_path):
    with (tmp_path / "m.h5").open("x+b") as file:
        format.write(file, {"params": TREE}, {"name": "x"})
    assert format.read_meta(tmp_path / "m.h5") == {"name": "x"}
    found = format.read(tmp_path / "m.h5", {"params": TREE})["params"]
    np.testing.assert_array_equal(found["dense"]["kernel"], TREE["dense"]["kernel"])
    np.testing.assert_array_equal(found["a/b"]["bias"], TREE["a/b"]["bias"])


@pytest.fixture
def canary(tmp_path):
    path = tmp_path / "canary.h5"
    with h5py.File(path, "w") as file:
        file["secret"] = np.zeros((2, 3), "float32")
    return path


def _external_link(file, canary):
    file["params/dense/kernel"] = h5py.ExternalLink(str(canary), "secret")


def _external_group(file, canary):
    file["params/dense"] = h5py.ExternalLink(str(canary), "/")


def _soft_link(file, canary):
    file["elsewhere"] = np.zeros((2, 3), "float32")
    file["params/dense/kernel"] = h5py.SoftLink("/elsewhere")


def _external_storage(file, canary):
    file.create_dataset(
        "params/dense/kernel", (2, 3), "float32", external=[(str(canary), 0, h5py.h5f.UNLIMITED)]
    )


def _virtual(file, canary):
    layout = h5py.VirtualLayout((2, 3), "float32")
    layout[:] = h5py.VirtualSource(str(canary), "secret", (2, 3))
    file.create_virtual_dataset("params/dense/kernel", layout)


def _giant(file, canary):
    file.create_dataset("params/dense/kernel", (2**40, 3), "float32", chunks=(1, 3))


def _other_type(file, canary):
    file["params/dense/kernel"] = np.zeros((2, 3), "float64")


def _group(file, canary):
    file.create_group("params/dense/kernel")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_external_link, "a link"),
        (_external_group, "a link"),
        (_soft_link, "a link"),
        (_external_storage, "outside of the file"),
        (_virtual, "outside of the file"),
        (_giant, "and the model needs"),
        (_other_type, "and the model needs"),
        (_group, "is no array"),
        (lambda file, canary: None, "there is no array"),
    ],
)
def test_what_does_not_lie_in_the_file_as_expected_is_refused(tmp_path, canary, spoil, reason):
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        spoil(file, canary)
    with pytest.raises(CompileError, match=f"KC512.*{reason}"):
        format.read(path, {"params": {"dense": TREE["dense"]}})


def test_a_file_that_is_no_hdf5_is_refused(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"\x80\x04pickle")
    with pytest.raises(CompileError, match="KC511"):
        format.read_meta(tmp_path / "m.h5")


def save(store: Store, *steps: int, scores: tuple[float | None, ...] = ()) -> None:
    for step, score in zip(steps, scores or (None,) * len(steps), strict=True):
        store.save({"params": TREE}, {"step": step}, step, score)


def test_pruning_keeps_the_newest_and_the_best(tmp_path):
    store = Store(tmp_path)
    save(store, 1, 2, 3, 4, scores=(0.5, 0.1, 0.4, 0.3))
    store.prune(1, rises=False)
    assert [record.step for record in store.records()] == [2, 4]
    assert store.best(rises=False).name == "step-00000002.h5"


def test_saving_leaves_no_temporary_file(tmp_path):
    save(Store(tmp_path), 1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["index.jsonl", "step-00000001.h5"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing_that_was_saved(small_disk):
    store = Store(small_disk)
    save(store, 1)
    with pytest.raises(OSError, match="No space"):
        store.save({"params": {"big": {"x": np.zeros(200_000)}}}, {}, 2, None)
    assert sorted(p.name for p in small_disk.iterdir()) == ["index.jsonl", "step-00000001.h5"]
    report = Report()
    assert store.newest(report).name == "step-00000001.h5"
    assert not report.diagnostics
    save(store, 3)
    assert store.newest(report).name == "step-00000003.h5"
