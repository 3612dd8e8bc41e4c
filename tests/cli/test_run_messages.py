"""What kc says when data, a checkpoint or the disk are not as they should be: whole messages.

Each case is a file in ``tests/golden/messages``: the command and all that it prints.
"""

from __future__ import annotations

import pickle
import re
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from kc.cli.main import run
from kc.core import codes

GOLDEN = Path(__file__).parent.parent / "golden" / "messages"

SPEC = """\
kc: 1
name: job
data:
  source: {npz: {path: data.npz, target: y}}
  split: {validation: 0.2}
model:
  inputs: {x: [4]}
  layers:
    - dense: {units: 8, activation: relu}
    - dense: {units: 3, activation: softmax}
training:
  loss: sparse_categorical_crossentropy
  optimizer: {adam: {learning_rate: 0.01}}
  metrics: [accuracy]
  epochs: 2
"""
CSV_SPEC = SPEC.replace(
    "{npz: {path: data.npz, target: y}}", "{csv: {path: table.csv, target: kind}}"
)
TABLE = "a,b,c,d,kind\n1,2,3,4,0\n5,6,7,8,1\n2,3,4,5,2\n9,8,7,6,0\n4,4,4,4,1\n"


def write(spec: str = SPEC) -> None:
    Path("spec.yaml").write_text(spec)


def data(**arrays: object) -> None:
    random = np.random.default_rng(0)
    whole = {"x": random.normal(size=(40, 4)).astype("float32"), "y": np.arange(40) % 3}
    np.savez("data.npz", **{**whole, **arrays})


def label_out_of_range() -> list[str]:
    write()
    data(y=np.arange(40) % 4)
    return ["train", "spec.yaml"]


def wrong_shape() -> list[str]:
    write()
    data(x=np.zeros((40, 5)))
    return ["train", "spec.yaml"]


def not_finite_data() -> list[str]:
    write()
    x = np.zeros((40, 4))
    x[17, 2] = np.nan
    data(x=x)
    return ["train", "spec.yaml"]


def one_hot_targets() -> list[str]:
    write()
    data(y=np.eye(3)[np.arange(40) % 3])
    return ["train", "spec.yaml"]


def pickled_npz() -> list[str]:
    write()
    data(x=np.array([{"a": 1}] * 40, dtype=object))
    return ["train", "spec.yaml"]


def pickle_for_npz() -> list[str]:
    write()
    Path("data.npz").write_bytes(pickle.dumps({"x": 1}))
    return ["train", "spec.yaml"]


def npz_without_array() -> list[str]:
    write(SPEC.replace("target: y", "target: label"))
    data()
    return ["train", "spec.yaml"]


def missing_data_file() -> list[str]:
    write()
    return ["train", "spec.yaml"]


def data_outside() -> list[str]:
    write(SPEC.replace("data.npz", "../../etc/passwd"))
    return ["train", "spec.yaml"]


def csv_missing_column() -> list[str]:
    write(CSV_SPEC.replace("target: kind", "target: kinds"))
    Path("table.csv").write_text(TABLE)
    return ["train", "spec.yaml"]


def csv_word_among_numbers() -> list[str]:
    write(CSV_SPEC)
    Path("table.csv").write_text(TABLE.replace("2,3,4,5,2", "2,three,4,5,2"))
    return ["train", "spec.yaml"]


def jsonl_line_cut() -> list[str]:
    write(CSV_SPEC.replace("csv: {path: table.csv", "jsonl: {path: table.jsonl"))
    line = '{"a": 1, "b": 2, "c": 3, "d": 4, "kind": "rose"}\n'
    Path("table.jsonl").write_text(line * 3 + line[:20])
    return ["train", "spec.yaml"]


def hdf5_link_out() -> list[str]:
    write(SPEC.replace("npz: {path: data.npz", "hdf5: {path: data.h5, inputs: [x]"))
    with h5py.File("data.h5", "w") as file:
        file["x"] = h5py.ExternalLink("/etc/other.h5", "x")
        file["y"] = np.arange(40) % 3
    return ["train", "spec.yaml"]


def npy_lengths() -> list[str]:
    write(SPEC.replace("npz: {path: data.npz, target: y}", "npy: {inputs: x.npy, target: y.npy}"))
    np.save("x.npy", np.zeros((40, 4)))
    np.save("y.npy", np.zeros(39, int))
    return ["train", "spec.yaml"]


def parquet_missing_column() -> list[str]:
    write(CSV_SPEC.replace("csv: {path: table.csv, target: kind", "parquet: {path: t, target: knd"))
    parquet.write_table(pyarrow.table({"a": [1, 2], "kind": ["rose", "lily"]}), "t")
    return ["train", "spec.yaml"]


def no_data() -> list[str]:
    write(re.sub(r"data:\n.*\n.*\n", "", SPEC))
    return ["train", "spec.yaml"]


def no_training() -> list[str]:
    write(SPEC.partition("training:")[0])
    return ["train", "spec.yaml"]


def nothing_to_resume() -> list[str]:
    write()
    data()
    return ["train", "spec.yaml", "--resume"]


def trained() -> None:
    write()
    data()
    assert run(["train", "spec.yaml", "--run-dir", "first", "--quiet"]) == 0


def damaged_checkpoint() -> list[str]:
    trained()
    newest = sorted(Path("first/checkpoints").glob("*.h5"))[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    return ["train", "first", "--resume", "--quiet"]


def all_checkpoints_damaged() -> list[str]:
    trained()
    for file in Path("first/checkpoints").glob("*.h5"):
        file.write_bytes(b"")
    return ["train", "first", "--resume"]


def changed_spec() -> list[str]:
    trained()
    return ["train", "first", "--resume", "--set", "model.layers[0].dense.units=7",
            "--set", "training.epochs=5"]  # fmt: skip


def changed_data() -> list[str]:
    trained()
    data(y=(np.arange(40) + 1) % 3)
    return ["train", "first", "--resume"]


def run_folder_exists() -> list[str]:
    trained()
    return ["train", "spec.yaml", "--run-dir", "first"]


def run_without_resume() -> list[str]:
    trained()
    return ["train", "first"]


def nan_loss() -> list[str]:
    write(SPEC.replace("learning_rate: 0.01", "learning_rate: 1e38"))
    data()
    return ["train", "spec.yaml", "--quiet"]


CASES = [
    label_out_of_range, wrong_shape, not_finite_data, one_hot_targets, pickled_npz, pickle_for_npz,
    npz_without_array, missing_data_file, data_outside, csv_missing_column, csv_word_among_numbers,
    jsonl_line_cut, hdf5_link_out, npy_lengths, parquet_missing_column,
    no_data, no_training, nothing_to_resume, damaged_checkpoint, all_checkpoints_damaged,
    changed_spec, changed_data, run_folder_exists, run_without_resume, nan_loss,
]  # fmt: skip


def check(name: str, arguments: list[str], capsys, update: bool) -> None:
    capsys.readouterr()
    code = run(arguments)
    out, err = capsys.readouterr()
    title = name.replace("_", " ")
    command = f"$ kc {' '.join(arguments)}"
    # How large a checkpoint is follows from all defaults of its spec.
    err = re.sub(r"[0-9,]+ were written", "N were written", err)
    text = f"# {title}\n\n```console\n{command}\n{out}{err}$ echo $?\n{code}\n```\n"
    golden = GOLDEN / f"{name}.md"
    if update:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_bad_job_is_told_in_full(case, tmp_path, monkeypatch, capsys, update_golden):
    monkeypatch.chdir(tmp_path)
    check(case.__name__, case(), capsys, update_golden)


def test_a_full_disk_is_told_and_nothing_saved_is_lost(
    tmp_path, monkeypatch, capsys, update_golden
):
    """The run's folder lies on a file system that holds the first checkpoint but not all."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    try:
        monkeypatch.chdir(disk)
        write(SPEC.replace("units: 8", "units: 500").replace("epochs: 2", "epochs: 3"))
        data()
        check("full_disk", ["train", "spec.yaml", "--run-dir", "run", "-q"], capsys, update_golden)
        assert not list(Path("run/checkpoints").glob(".*tmp*"))
        (kept,) = Path("run/checkpoints").glob("*.h5")
        monkeypatch.chdir(tmp_path)
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        monkeypatch.chdir(disk)
        assert kept.name == "step-00000001.h5"
        assert run(["train", "run", "--resume", "-q"]) == 0
    finally:
        monkeypatch.chdir(tmp_path)
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_every_case_names_a_known_code():
    for golden in GOLDEN.glob("*.md"):
        for code in re.findall(r"\[(KC\d+)\]", golden.read_text()):
            assert code in codes.CODES
