"""Runs in a table, chosen, in order, and side by side."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from kc.cli.main import run
from kc.cli.render import ExitCode


@pytest.fixture
def kc(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["runs", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def make_run(folder: str, accuracies: list[float], units: int = 8, **lock: object) -> None:
    path = Path("runs", folder)
    path.mkdir(parents=True)
    spec = {"kc": 1, "model": {"layers": [{"dense": {"units": units}}]}}
    (path / "lock.json").write_text(json.dumps({"name": folder, "seed": 0, "spec": spec, **lock}))
    (path / "resolved.yaml").write_text(yaml.safe_dump(spec))
    lines = [
        {"epoch": n, "step": n, "loss": 1 / n, "val_loss": 2 / n, "val_accuracy": accuracy}
        for n, accuracy in enumerate(accuracies, 1)
    ]
    (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (path / "results.json").write_text(json.dumps({"test": {"accuracy": accuracies[-1] - 0.1}}))


@pytest.fixture
def three(kc):
    make_run("digits-a", [0.5, 0.9, 0.8])
    make_run("digits-b", [0.7, 0.95], units=16, seed=3)
    make_run("wine", [0.4, float("nan")])
    return kc


def names(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines()[1:]]


def test_the_table_shows_the_best_epoch_and_the_test(three):
    code, out, _ = three()
    head, first, *_ = out.splitlines()
    assert code == 0
    assert head.split() == [
        "run", "state", "began", "time", "epochs", "seed", "spec",
        "val_loss", "val_accuracy", "test.accuracy",
    ]  # fmt: skip
    assert first.split()[:2] == ["digits-a", "finished"]
    assert first.split()[-3:] == ["0.6667", "0.9000", "0.7000"]


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("val_accuracy", ["digits-b", "digits-a", "wine"]),
        ("last.val_accuracy", ["digits-b", "digits-a", "wine"]),
        ("val_loss", ["digits-a", "digits-b", "wine"]),
        ("test.accuracy", ["digits-b", "digits-a", "wine"]),
    ],
)
def test_runs_are_sorted_from_the_best(three, by, order):
    assert names(three("--sort", by)[1]) == order


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ("val_accuracy > 0.9", ["digits-b"]),
        ("val_accuracy >= 0.9 and epochs == 3", ["digits-a"]),
        ("last.val_accuracy < 0.9", ["digits-a"]),
        ("name == 'wine' or seed == 3", ["digits-b", "wine"]),
        ("state == 'failed'", []),
        ("not $epochs > 1e0", []),
    ],
)
def test_a_condition_chooses_runs(three, condition, left):
    code, out, _ = three("--filter", condition)
    assert code == 0
    assert sorted(names(out)) == left


def test_a_pattern_chooses_runs(three):
    assert names(three("--name", "digits-*")[1]) == ["digits-a", "digits-b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sort", "val_acuracy"], "did you mean `val_accuracy`?"),
        (["--filter", "val_acuracy > 1"], "did you mean `val_accuracy`?"),
        (["--filter", "val_accuracy >"], "expected a number, found the end"),
        (["--filter", "__import__('os')"], "no run has `__import__`"),
        (["--filter", "val_accuracy"], "is neither true nor false"),
        (["--folder", "elsewhere"], "there is no folder elsewhere"),
    ],
)
def test_mistakes_in_the_command_line(three, arguments, message):
    code, out, err = three(*arguments)
    assert (code, out) == (ExitCode.USAGE, "")
    assert message in err


def test_no_runs_are_no_error(kc):
    Path("runs").mkdir()
    assert kc() == (0, "no runs below runs\n", "")


def test_a_broken_run_is_listed_as_such(three):
    Path("runs/wine/lock.json").write_text("{")
    _, out, _ = three()
    assert "wine      broken" in out
    assert "runs/wine: lock.json cannot be read: it is no JSON" in out


def test_json_has_no_nan(three):
    _, out, _ = three("--json")
    found = {own["name"]: own for own in json.loads(out, parse_constant=pytest.fail)}
    assert found["wine"]["measures"]["last.val_accuracy"] is None
    assert found["digits-b"]["measures"]["val_accuracy"] == 0.95
    assert found["digits-b"]["seed"] == 3


@pytest.mark.parametrize("name", ["=1+1", "@x", "+1", "-1"])
def test_a_spreadsheet_computes_nothing(kc, name):
    make_run("run", [0.5], name=name)
    _, out, _ = kc("--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["name"] == f"'{name}"
    assert row["val_accuracy"] == "0.5"


def test_escapes_in_names_do_not_reach_the_terminal(kc):
    make_run("run", [0.5], name="x")
    Path("runs/run").rename("runs/\x1b[31mred")
    assert "\\u{1b}[31mred" in kc()[1]


def test_runs_are_compared_by_settings_and_measures(three):
    code, out, _ = three("compare", "runs/digits-a", "runs/digits-b")
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert ["model.layers[0].dense.units", "8", "16"] in rows
    assert ["training.seed", "0", "3"] in rows
    assert ["val_accuracy", "0.9000", "0.9500"] in rows


def test_a_comparison_as_json(three):
    _, out, _ = three("compare", "runs/digits-a", "runs/digits-b", "runs/wine", "--json")
    found = json.loads(out)
    assert found["settings"] == {
        "model.layers[0].dense.units": [8, 16, 8],
        "training.seed": [0, 3, 0],
    }
    assert [own["name"] for own in found["runs"]] == ["digits-a", "digits-b", "wine"]


def test_equal_settings_are_said_to_be_equal(three):
    assert three("compare", "runs/digits-a", "runs/wine")[1].startswith("the settings are the same")


@pytest.mark.parametrize("suffix", ["html", "svg"])
def test_curves_are_drawn_over_each_other(three, suffix):
    file = Path(f"curves.{suffix}")
    code, _, err = three("compare", "runs/digits-a", "runs/digits-b", "--plot", str(file))
    assert (code, err) == (0, f"wrote {file}\n")
    text = file.read_text()
    assert text.count('class="line tone1"') >= 3
    for word in ("digits-a", "digits-b", "val_accuracy"):
        assert word in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs/wine"], "nothing to compare with"),
        (["runs/wine", "runs"], "runs is no run"),
        (["runs/wine", "runs/digits-a", "--plot", "x.png"], "cannot draw `.png` files"),
    ],
)
def test_mistakes_in_a_comparison(three, arguments, message):
    code, _, err = three("compare", *arguments)
    assert code == ExitCode.USAGE
    assert message in err


FAILING = """
kc: 1
data: {source: {npz: {path: data.npz, inputs: [x], target: [y]}}}
model: {inputs: {x: [3]}, layers: [{dense: 1}]}
training: {loss: mean_squared_error, optimizer: {sgd: {learning_rate: 1e30}}, epochs: 9}
"""


def test_a_run_that_failed_says_why(kc):
    np.savez("data.npz", x=np.ones((40, 3), "float32"), y=np.ones(40, "float32"))
    Path("spec.yaml").write_text(FAILING)
    assert run(["train", "spec.yaml", "-q", "--run-dir", "runs/a"]) == ExitCode.RUN_FAILED
    _, out, _ = kc()
    assert names(out)[0] == "a"
    assert " failed " in out
    assert "runs/a: the loss is not finite" in out


def test_listing_runs_imports_no_jax(three):
    program = (
        "import sys; from kc.cli.main import run; code = run(['runs', '--sort', 'val_loss']); "
        "sys.exit(code or 'jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
