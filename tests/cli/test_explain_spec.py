"""``kc explain spec.yaml PATH``: values, meanings and origins."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kc.cli import main

BASE = """\
vars: {rate: 0.1}
blocks: {unit: {params: {n: 4}, layers: [{dense: 2 * $n}]}}
model:
  inputs: {x: [8]}
  layers:
    - {dense: 16, name: body}
    - {unit: 3, name: block}
    - dropout: $half
    - dense: 1
training: {loss: mean_squared_error, optimizer: {adam: {learning_rate: $rate}}, epochs: 10}
"""
SPEC = """\
kc: 1
extends: base.yaml
vars: {half: 1/2, rate: 0.2}
model: {layers: {body: {dense: {units: 32}, trainable: false}}}
profiles: {smoke: {training: {epochs: 1}}}
"""


@pytest.fixture
def explain(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    Path("spec.yaml").write_text(SPEC)
    Path("base.yaml").write_text(BASE)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run(["explain", "spec.yaml", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.mark.parametrize(
    ("path", "value", "chain"),
    [
        ("training.optimizer.adam.learning_rate", "learning_rate: 0.2", [
            "written in base.yaml:10:72",
            "  variable `rate`, spec.yaml:3:25",
            "    `spec.yaml`, in place of `0.1`, base.yaml:1:14",
        ]),
        ("model.layers.body.dense.units", "units: 32", [
            "written in spec.yaml:4:40",
            "  `spec.yaml`, in place of `16`, base.yaml:6:15",
        ]),
        ("model.layers.body.dense.use_bias", "use_bias: true", ["default of `dense`"]),
        ("model.layers[-1].dense.units", "units: 1", ["written in base.yaml:9:14"]),
        ("model.layers.block.block.layers[0].dense.units", "units: 6", [
            "written in base.yaml:2:50",
            "  `2 * $n`, base.yaml:2:50",
            "    parameter `n` of `unit`, base.yaml:7:14",
        ]),
        ("training.loss.mean_squared_error.reduction", "reduction: sum_over_batch_size",
         ["default of `mean_squared_error`"]),
        ("training.batch_size", "batch_size: 32", ["a default"]),
    ],
)  # fmt: skip
def test_a_value_tells_its_way(explain, path, value, chain):
    code, out, err = explain(path)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == f"# {path}"
    assert value in lines
    assert lines[-len(chain) :] == chain


def test_the_meaning_of_a_value_is_that_of_its_field(explain):
    _, out, _ = explain("model.layers.body.dense.units")
    assert "- `units`: a whole number above 0, required.\n  Size of the output's last axis." in out


def test_profiles_and_overrides_are_origins(explain):
    _, out, _ = explain("training.epochs", "--profile", "smoke")
    assert "epochs: 1\n" in out
    assert "  profile `smoke`, in place of `10`, base.yaml:10:89" in out
    _, out, _ = explain("training.epochs", "--profile", "smoke", "--set", "training.epochs=7")
    assert "written in --set:1:17\n  in place of `1`, spec.yaml:5:39\n    profile `smoke`" in out


def test_the_whole_spec_has_every_default_and_comments(explain):
    code, out, _ = explain("--all")
    data = yaml.safe_load(out)
    assert code == 0
    assert data["training"]["batch_size"] == 32
    assert data["model"]["layers"][0]["dense"]["use_bias"] is True
    assert "learning_rate: 0.2  # variable `rate`, spec.yaml:3" in out
    assert not {"vars", "blocks", "profiles", "extends"} & set(data)


@pytest.mark.parametrize(
    ("path", "help"),
    [
        ("training.epocs", "did you mean `epochs`?"),
        ("training.epochs.x", "the value before it has no parts"),
        ("model.layers.boddy", None),
    ],
)
def test_a_path_that_is_none_is_a_usage_error(explain, path, help):
    code, _, err = explain(path)
    assert code == 2
    assert f"the spec has no `{path}`" in err
    assert help is None or help in err


def test_a_path_is_needed(explain):
    code, _, err = explain()
    assert code == 2
    assert "--all" in err


def test_a_broken_spec_is_reported(explain):
    code, _, err = explain("training.epochs", "--set", "training.epochs=many")
    assert code == 1
    assert "KC103" in err
