"""The files with which other tools run kc name commands and options that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from kc.cli import main

ROOT = Path(__file__).parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_checks_a_spec(hook, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    spec = "kc: 1\nmodel: {inputs: {x: [4]}, layers: [{dense: 1}]}\n"
    Path("spec.yaml").write_text(spec, encoding="utf-8")
    assert main.run(["lock", "spec.yaml"]) == 0
    assert re.search(hook["files"], "a/b/spec.yaml")
    assert main.run([*shlex.split(hook["entry"])[1:], "spec.yaml"]) == 0


def test_the_action_runs_what_exists(tmp_path, monkeypatch, capsys):
    script = ACTION["runs"]["steps"][-1]["run"]
    assert main.run(["validate", "--help"]) == 0
    known = capsys.readouterr().out
    assert set(re.findall(r"--[a-z-]+", script)) <= set(re.findall(r"--[a-z-]+", known))


def test_the_action_puts_no_input_into_a_script():
    steps = ACTION["runs"]["steps"]
    assert not any("${{" in step.get("run", "") for step in steps)
    used = set(re.findall(r"inputs\.([a-z-]+)", str(steps)))
    assert used == set(ACTION["inputs"])
