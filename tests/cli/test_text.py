"""A table with text from the command line: trained, asked with raw rows, printed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from kc.cli.main import run
from tests.runtime.text_jobs import TEXTS, write_table

NEW = "b,colour,a,words\n5,red,5,a great fine thing\n5,green,5,an awful poor thing\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    write_table(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("spec.yaml").write_text(TEXTS)
        Path("new.csv").write_text(NEW)
        assert run(["train", "spec.yaml", "-q", "--run-dir", "runs/texts-1"]) == 0
    return folder


@pytest.fixture(autouse=True)
def _here(trained, monkeypatch, capsys):
    monkeypatch.chdir(trained)
    capsys.readouterr()


@pytest.mark.parametrize("target", ["spec.yaml", "runs/texts-1", "runs/texts-1/model.h5"])
def test_raw_rows_are_predicted(target, capsys, monkeypatch):
    assert run(["predict", target, "--input", "new.csv"]) == 0
    _, good, bad = csv.reader(io.StringIO(capsys.readouterr().out))
    assert float(good[1]) > 0.5 > float(bad[1])


def test_an_unfitted_spec_is_measured_with_what_its_run_found(capsys):
    assert run(["evaluate", "spec.yaml"]) == 0
    assert "accuracy 1.0000" in capsys.readouterr().out


def test_what_a_run_found_is_printed(capsys):
    assert run(["generate", "runs/texts-1/resolved.yaml"]) == 0
    printed = capsys.readouterr().out
    assert "def preprocess(inputs):" in printed
    assert _code(printed) == _code(Path("runs/texts-1/model.py").read_text())


def _code(module: str) -> list[str]:
    """Its lines without the name of the spec and places in it."""
    lines = module.splitlines()[1:]
    return [line for line in lines if not line.strip().startswith("# ")]


def test_a_spec_that_has_not_seen_data_is_not_printed(capsys):
    assert run(["generate", "spec.yaml"]) == 1
    assert "error[KC518]: normalization has not seen data" in capsys.readouterr().err


def test_an_unfitted_spec_is_exported_with_what_its_run_found():
    assert run(["export", "spec.yaml", "-o", "model.st", "--format", "safetensors"]) == 0


@pytest.mark.parametrize(
    "command", [["validate", "--strict"], ["summary"], ["plan", "--no-measure"]], ids=" ".join
)
def test_types_and_costs_need_no_data(command, capsys):
    assert run([*command, "spec.yaml"]) == 0
