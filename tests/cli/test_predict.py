"""``kc predict`` reads and writes files, ``kc evaluate`` and ``kc plan`` print."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from kc.cli.main import run

SPEC = """\
kc: 1
name: plane
data:
  source: {npz: {path: data.npz, target: y}}
  split: {test: 0.25}
  preprocess: {x: [{rescaling: 0.5}]}
model:
  inputs: {x: [2]}
  layers: [{dense: {units: 3, activation: softmax}}]
training:
  loss: sparse_categorical_crossentropy
  optimizer: sgd
  metrics: [accuracy]
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        random = np.random.default_rng(0)
        Path("spec.yaml").write_text(SPEC)
        np.savez("data.npz", x=random.normal(size=(40, 2)), y=np.arange(40) % 3)
        assert run(["train", "spec.yaml", "-q"]) == 0
    return folder


@pytest.fixture(autouse=True)
def _here(trained, monkeypatch, capsys):
    monkeypatch.chdir(trained)
    capsys.readouterr()


def test_predictions_go_to_standard_output_as_csv(capsys):
    assert run(["predict", "spec.yaml"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["dense[0]", "dense[1]", "dense[2]"]
    assert len(rows) == 11
    assert all(sum(map(float, row)) == pytest.approx(1, rel=1e-5) for row in rows[1:])


def test_files_hold_the_same_predictions(capsys):
    for name in ("p.npz", "p.csv", "p.jsonl"):
        assert run(["predict", "spec.yaml", "-o", name]) == 0
    with np.load("p.npz") as found:
        wanted = found["dense"]
    rows = [json.loads(line)["dense"] for line in Path("p.jsonl").read_text().splitlines()]
    np.testing.assert_allclose(rows, wanted, rtol=1e-6)
    table = np.loadtxt("p.csv", delimiter=",", skiprows=1)
    np.testing.assert_allclose(table, wanted, rtol=1e-6)


def test_inputs_may_come_from_a_file_and_are_raw(capsys):
    np.savez("new.npz", x=np.array([[1.0, 2.0], [3.0, 4.0]]))
    Path("new.csv").write_text("a,b\n1,2\n3,4\n")
    Path("new.jsonl").write_text('{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n')
    parquet.write_table(pyarrow.table({"a": [1, 3], "b": [2, 4]}), "new.parquet")
    found = []
    for suffix in ("npz", "csv", "jsonl", "parquet"):
        assert run(["predict", "spec.yaml", "--input", f"new.{suffix}", "-o", "a.npz"]) == 0
        with np.load("a.npz") as outputs:
            found.append(outputs["dense"])
    for own in found:
        np.testing.assert_array_equal(own, found[0])
        assert own.shape == (2, 3)


PHOTOS = """\
kc: 1
name: photos
data: {source: {image_folder: {path: photos, size: [4, 4]}}}
model:
  inputs: {image: {shape: [4, 4, 3], dtype: uint8}}
  layers: [{rescaling: 1/255}, flatten, {dense: {units: 2, activation: softmax}}]
training: {loss: sparse_categorical_crossentropy}
"""


def test_inputs_may_come_from_a_folder_of_images(capsys):
    for name, shade in (("photos/dark", 20), ("photos/light", 220), ("new", 100)):
        Path(name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (8, 8), (shade + number,) * 3).save(f"{name}/{number}.png")
    Path("photos.yaml").write_text(PHOTOS)
    assert run(["train", "photos.yaml", "-q"]) == 0
    assert run(["predict", "photos.yaml", "--input", "new", "-o", "photos.npz"]) == 0
    with np.load("photos.npz") as outputs:
        assert outputs["dense"].shape == (3, 2)
    assert run(["predict", "spec.yaml", "--input", "new"]) == 2
    assert "`new` is a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "spec.yaml"], "cannot read `.yaml` files"),
        (["--input", "nowhere.csv"], "there is no file nowhere.csv"),
        (["-o", "nowhere/p.npz"], "cannot write `nowhere/p.npz`"),
        (["-o", "p.pickle"], "cannot write `.pickle` files"),
        (["--part", "validation"], "splits off no validation examples"),
    ],
)
def test_what_cannot_be_done_is_said(capsys, arguments, message):
    assert run(["predict", "spec.yaml", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_evaluate_names_the_part_it_measured(capsys):
    assert run(["evaluate", "spec.yaml"]) == 0
    assert capsys.readouterr().out.startswith("test (10 examples)  loss ")
    assert run(["evaluate", "spec.yaml", "--part", "train"]) == 0
    assert capsys.readouterr().out.startswith("train (30 examples)  loss ")


def test_plan_tells_cost_strategy_and_time(capsys):
    assert run(["plan", "spec.yaml"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["parameters"].startswith("9, ")
    assert lines["strategy"].startswith("fused: ")
    assert "ms per step" in lines["time"]
    assert run(["plan", "spec.yaml", "--no-measure"]) == 0
    assert "ms per step" not in capsys.readouterr().out
