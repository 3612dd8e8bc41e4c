"""``kc explain spec.yaml --all``: what it prints is a spec, and means the same."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import jsonschema
import pytest

from kc.cli import main
from kc.compiler.pipeline import Options, check
from kc.compiler.source.reader import decode, read
from kc.core.comparison import difference, fingerprint
from kc.core.diagnostic import Report
from kc.core.tree import plain
from kc.schemas.json_schema import json_schema
from tests.hostile.mutants import as_json

ROOT = Path(__file__).parents[2]
PLACES = ("examples/*/spec.yaml", "specs/*.yaml", "kc/cli/templates/*.yaml",
          "tests/emit/specs/*.yaml")  # fmt: skip
SPECS = [path for place in PLACES for path in sorted(ROOT.glob(place))]
EXAMPLES = [path for path in SPECS if path.is_relative_to(ROOT / "examples")]

PHASES = """\
kc: 1
model: {inputs: {x: [4]}, layers: [{dense: 4, name: a}, {dense: 1, name: b}]}
training:
  phases:
    first: {trains: [a], loss: mean_squared_error, optimizer: {sgd: {use_ema: true}}}
    second: {trains: [b], terms: [{value: b}]}
"""


def resolved(text: str, folder: Path):
    report = Report()
    checked = check(decode("spec.yaml", text.encode()), Options(folder=folder), report, folder)
    assert checked is not None, list(report)
    spec, graph = checked
    nodes = [(node.name, node.inputs, node.scope, str(node.output)) for node in graph.nodes]
    return spec.resolved(), nodes


@pytest.fixture
def written_out(capsys, monkeypatch):
    """What is printed of a file, after ``kc validate -`` had no errors to report in it."""

    def run(path: Path) -> str:
        monkeypatch.chdir(path.parent)
        assert main.run(["explain", path.name, "--all", "--allow-plugins"]) == 0
        text = capsys.readouterr().out
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main.run(["validate", "-", "--allow-plugins"]) == 0, capsys.readouterr().out
        return text

    return run


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(json_schema())


def assert_the_same(text: str, other: str, folder: Path) -> None:
    (old, nodes), (new, same_nodes) = resolved(text, folder), resolved(other, folder)
    assert difference(old, new) == []
    assert fingerprint(old) == fingerprint(new)
    assert nodes == same_nodes


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_filled_spec_means_the_same(path, written_out):
    assert_the_same(path.read_text("utf-8"), written_out(path), path.parent)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_filled_spec_fits_the_schema(path, written_out, validator):
    text = written_out(path)
    if "plugins: []" in text:
        tree = read(decode("spec.yaml", text.encode()), Report())
        validator.validate(as_json(plain(tree)))


def test_fields_without_a_meaning_are_left_out(tmp_path, written_out):
    (tmp_path / "spec.yaml").write_text(PHASES)
    text = written_out(tmp_path / "spec.yaml")
    assert_the_same(PHASES, text, tmp_path)
    assert text.count("ema_momentum") == 1
    assert text.count("\n      loss:\n        mean_squared_error:\n") == 1
    assert "loss: {}" not in text
