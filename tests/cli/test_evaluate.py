"""What `kc evaluate` prints, on real runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from kc.cli.main import run

SPEC = """
kc: 1
data:
  source: {npz: {path: data.npz, inputs: [x], target: [kind, row, yes, size]}}
  split: {test: 0.25}
model:
  inputs: {x: [4]}
  layers:
    - {dense: {units: 3, activation: softmax}, from: x, name: kind}
    - {dense: 3, from: x, name: row}
    - {dense: 1, from: x, name: yes}
    - {dense: 2, from: x, name: size}
  outputs: [kind, row, yes, size]
training:
  loss:
    kind: sparse_categorical_crossentropy
    row: {categorical_crossentropy: {from_logits: true}}
    yes: {binary_crossentropy: {from_logits: true}}
    size: mean_squared_error
  epochs: 3
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("evaluated")
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 4)).astype("float32")
    kind = (x[:, 0] > 0) + (x[:, 1] > 0).astype("int32")
    arrays = {"kind": kind, "row": np.eye(3)[kind], "yes": x[:, 2] > 0, "size": x[:, :2] * 3}
    np.savez(path / "data.npz", x=x, **{n: a.astype("float32") for n, a in arrays.items()})
    (path / "spec.yaml").write_text(SPEC)
    assert run(["train", str(path / "spec.yaml"), "-q", "--run-dir", str(path / "run")]) == 0
    return path / "run"


@pytest.fixture(scope="module")
def outputs(trained, tmp_path_factory):
    """What the model says about the test examples, and the targets."""
    from kc.cli.targets import find
    from kc.compiler.pipeline import Options
    from kc.runtime.data.job import examples

    file = trained / "outputs.npz"
    assert run(["predict", str(trained), "-o", str(file)]) == 0
    target = find(str(trained))
    with np.load(file) as found:
        test = examples(target.compile(Options(), None), target.folder).test
        return dict(found), test.targets


def evaluated(trained: Path, capsys, *arguments: str) -> str:
    capsys.readouterr()
    assert run(["evaluate", str(trained), *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["kind", "row", "yes"])
def test_classes_are_scored_as_scikit_learn_does(trained, outputs, capsys, name):
    report = json.loads(evaluated(trained, capsys, "--json"))["report"][name]
    predicted, true = outputs[0][name], outputs[1][name]
    if name == "yes":
        true, predicted = true.ravel(), predicted.ravel() > 0
    else:
        predicted, true = predicted.argmax(-1), true.argmax(-1) if name == "row" else true
    expected = metrics.classification_report(true, predicted, output_dict=True, zero_division=0)
    assert report["accuracy"] == pytest.approx(expected["accuracy"])
    assert report["confusion_matrix"] == metrics.confusion_matrix(true, predicted).tolist()
    for word, scores in report["classes"].items():
        theirs = expected.get(word) or expected.get(f"{word}.0") or expected[str(bool(int(word)))]
        assert scores == pytest.approx(
            {key.replace("f1-score", "f1"): number for key, number in theirs.items()}
        )


def test_numbers_are_scored_as_scikit_learn_does(trained, outputs, capsys):
    report = json.loads(evaluated(trained, capsys, "--json"))["report"]["size"]
    predicted, true = outputs[0]["size"], outputs[1]["size"]
    assert report["mae"] == pytest.approx(metrics.mean_absolute_error(true, predicted))
    assert report["r2"] == pytest.approx(metrics.r2_score(true, predicted), abs=1e-6)
    assert report["residuals"]["0.5"] == pytest.approx(np.median(predicted - true))


def test_logs_stay_at_the_top_of_the_json(trained, capsys):
    logs = json.loads(evaluated(trained, capsys, "--json"))
    del logs["report"]
    assert logs == json.loads((trained / "results.json").read_text())["test"]


def test_tables_follow_the_logs(trained, capsys):
    out = evaluated(trained, capsys)
    assert out.startswith("test (20 examples)  loss ")
    assert out.count("class          precision  recall") == 3
    assert "true \\ predicted" in out
    assert "\nsize\n\n" in out
    assert "residuals" in out


def test_the_output_can_go_into_a_file(trained, capsys, tmp_path):
    file = tmp_path / "scores.json"
    assert evaluated(trained, capsys, "--json", "-o", str(file)) == ""
    assert json.loads(file.read_text())["report"]["kind"]["accuracy"] >= 0
