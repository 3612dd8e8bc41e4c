"""Entries of the user: in files beside a spec, and in installed packages."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import numpy as np
import pytest

import kc
from kc.cli.main import run
from kc.compiler.pipeline import check, compile
from kc.compiler.source.files import read_file
from kc.core import codes
from kc.core.diagnostic import CompileError, Report
from kc.core.registry import entries, forget
from kc.library import plugins
from kc.schemas.json_schema import json_schema
from tests.emit.same import assert_same_model
from tests.library import test_registry as contract

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_layer"
LAYER = '''
from kc.core.program import Call
from kc.core.types import Inferred
from kc.library.layer import Layer

class Doubled(Layer, kind="doubled"):
    """Twice the input."""

    def infer(self, x, /):
        return Inferred(x)

    def lower(self):
        return Call(doubled)


def doubled(x):
    return 2.0 * x
'''
SPEC = """kc: 1
plugins: [mine.py]
model: {inputs: {x: [3]}, layers: [{dense: 2}, doubled]}
"""


@pytest.fixture(autouse=True)
def _no_plugins():
    yield
    plugins.deactivate()


@pytest.fixture
def spec(tmp_path):
    """A spec that lists a plugin."""

    def write(plugin: str = LAYER, text: str = SPEC) -> Path:
        (tmp_path / "mine.py").write_text(plugin)
        (tmp_path / "spec.yaml").write_text(text)
        return tmp_path / "spec.yaml"

    return write


def checked(path: Path, *, allowed: bool):
    report = Report()
    check(read_file(path), (), report, path.parent if allowed else None)
    return list(report)


def canary(path: Path) -> str:
    """A plugin that leaves a trace when it runs."""
    return f"open({str(path)!r}, 'w').close()\n{LAYER}"


@pytest.mark.parametrize(
    "command",
    [
        ["validate", "spec.yaml"],
        ["summary", "spec.yaml"],
        ["generate", "spec.yaml"],
        ["schema"],
        ["explain", "dense"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_only_looks_runs_no_plugin(spec, command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    spec(canary(tmp_path / "ran"))
    run(command)
    assert not (tmp_path / "ran").exists()
    permitted = [*command, "--allow-plugins"]
    if "spec.yaml" not in command:
        permitted += ["--plugin", "mine.py"]
    assert run(permitted) == 0
    assert (tmp_path / "ran").exists()
    capsys.readouterr()


def test_an_unknown_entry_tells_that_plugins_were_not_run(spec):
    (found,) = checked(spec(), allowed=False)
    assert found.message == "there is no layer `doubled`"
    assert found.help == "plugins were not run; `--allow-plugins` runs `mine.py`"


def test_a_plugin_defines_a_layer(spec):
    assert checked(spec(), allowed=True) == []


def test_the_entries_of_a_plugin_go_with_its_spec(spec, tmp_path):
    assert checked(spec(), allowed=True) == []
    other = tmp_path / "other.yaml"
    other.write_text(SPEC.replace("plugins: [mine.py]\n", ""))
    (found,) = checked(other, allowed=True)
    assert found.code is codes.UNKNOWN_ENTRY


def test_a_changed_plugin_is_run_again(spec, tmp_path):
    old, new = (compiled_function(spec(LAYER.replace("2.0", n)), tmp_path) for n in ("3.0", "4.0"))
    assert (old(1.0), new(1.0)) == (3.0, 4.0)


def compiled_function(path: Path, folder: Path):
    program = compile(read_file(path), (), Report(), folder).program
    return program.steps[-1].call.function


def test_what_is_generated_is_what_runs(spec, tmp_path):
    compiled = compile(read_file(spec()), (), Report(), tmp_path)
    assert_same_model(compiled)


def test_the_example_is_printed(capsys):
    assert run(["generate", str(EXAMPLE / "spec.yaml"), "--allow-plugins"]) == 0
    printed = capsys.readouterr().out
    assert "def feature_scale(x, scale):" in printed
    assert "kc_plugin" not in printed


def test_a_function_that_cannot_be_printed_is_named(spec, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    spec("import scipy.special\n" + LAYER.replace("2.0 * x", "scipy.special.erf(x)"))
    assert run(["generate", "spec.yaml", "--allow-plugins"]) == 2
    assert "scipy" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        pytest.param("a = 1\nb = c\n", "NameError: name 'c' is not defined", 2, id="a name"),
        pytest.param("a = (\n", "SyntaxError: '(' was never closed", 1, id="syntax"),
        pytest.param("import sys\n\nsys.exit(3)\n", "SystemExit: 3", 3, id="an exit"),
        pytest.param("import there_is_none\n", "No module named", 1, id="an import"),
    ],
)
def test_a_plugin_that_fails_is_shown_at_its_line(spec, code, message, line):
    (found,) = checked(spec(code), allowed=True)
    assert found.code is codes.PLUGIN
    assert message in found.message
    assert (Path(found.span.source.name).name, found.span.line) == ("mine.py", line)
    assert found.labels[1].span.source.name.endswith("spec.yaml")


def test_a_plugin_that_fails_leaves_no_entry(spec):
    checked(spec(LAYER + "\nraise ValueError\n"), allowed=True)
    assert "doubled" not in entries("layer")


def test_two_entries_of_one_kind_are_both_named(spec):
    (found,) = checked(spec(LAYER.replace('"doubled"', '"dense"')), allowed=True)
    assert found.message.startswith("two layers are called `dense`: kc.library.layers.dense.Dense")
    assert found.message.endswith(".Doubled")
    assert found.span.source.line(found.span.line).startswith("class Doubled")


def test_two_plugins_cannot_define_the_same(spec, tmp_path):
    (tmp_path / "more.py").write_text(LAYER.replace("Doubled", "Twice"))
    path = spec(text=SPEC.replace("[mine.py]", "[mine.py, more.py]"))
    (found,) = checked(path, allowed=True)
    assert found.code is codes.PLUGIN
    assert "Doubled" in found.message
    assert "Twice" in found.message


@pytest.mark.parametrize("name", ["../mine.py", "/tmp/mine.py", "link.py", "spec.yaml", "a\\0.py"])
def test_a_plugin_lies_in_the_folder_of_its_spec(spec, tmp_path, name):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "mine.py").write_text(canary(tmp_path / "ran"))
    (inside / "link.py").symlink_to(tmp_path / "mine.py")
    (inside / "spec.yaml").write_text(SPEC.replace("mine.py", json.dumps(name)))
    (found,) = checked(inside / "spec.yaml", allowed=True)
    assert found.code is codes.PLUGIN
    assert not (tmp_path / "ran").exists()


def test_a_plugin_reaches_schema_and_explanation(capsys):
    plugins.use_file(EXAMPLE, "my_layers.py")
    assert "layer.feature_scale" in json_schema()["$defs"]
    assert run(["explain", "feature_scale"]) == 0
    assert "one trainable scale for each feature" in capsys.readouterr().out


CHECKS = [
    contract.test_an_entry_and_all_its_fields_are_described,
    contract.test_the_example_of_an_entry_compiles_and_holds_it,
    contract.test_functions_stand_alone_and_take_settings_by_keyword,
    lambda cls: contract.test_a_layer_has_the_type_it_infers_and_finite_gradients(cls, True),
]


def test_the_contract_of_entries_holds_for_the_example():
    loader = SourceFileLoader("imported_by_hand", str(EXAMPLE / "my_layers.py"))
    module = module_from_spec(spec_from_loader("imported_by_hand", loader))
    sys.modules["imported_by_hand"] = module
    loader.exec_module(module)
    try:
        for law in CHECKS:
            law(module.FeatureScale)
    finally:
        forget(module.FeatureScale)


def test_a_spec_is_loaded_with_its_plugins(spec):
    model = kc.load(spec())
    x = np.ones((2, 3), np.float32)
    kernel, bias = (model.weights["dense"][name] for name in ("kernel", "bias"))
    np.testing.assert_allclose(model.predict(x), 2 * (x @ kernel + bias), rtol=1e-5)


def test_the_plugins_of_a_model_file_run_only_when_allowed(spec, tmp_path):
    model = kc.load(spec())
    model.save(tmp_path / "model.h5")
    (tmp_path / "mine.py").write_text(canary(tmp_path / "ran"))
    with pytest.raises(CompileError, match="plugins were not run"):
        kc.load(tmp_path / "model.h5")
    assert not (tmp_path / "ran").exists()
    kc.load(tmp_path / "model.h5", allow_plugins=True)
    assert (tmp_path / "ran").exists()


def test_the_code_of_plugins_is_part_of_the_environment(spec, tmp_path):
    compile(read_file(spec()), (), Report(), tmp_path)
    before = plugins.versions()
    compile(read_file(spec(LAYER + "\n")), (), Report(), tmp_path)
    assert before["mine.py"] != plugins.versions()["mine.py"]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with an entry point."""
    site = tmp_path / "site"
    (site / "acme").mkdir(parents=True)
    (site / "acme" / "__init__.py").write_text("")
    info = site / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[kc.plugins]\nacme = acme.layers\n")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{EXAMPLE.parents[1]}")

    def write(code: str) -> None:
        (site / "acme" / "layers.py").write_text(code)

    return write


def kc_process(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kc", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_installed_plugin_is_found_by_its_entry_point(package, tmp_path):
    package(LAYER)
    (tmp_path / "spec.yaml").write_text(SPEC.replace("plugins: [mine.py]\n", ""))
    assert kc_process("validate", "spec.yaml", folder=tmp_path).returncode == 1
    assert kc_process("validate", "--allow-plugins", "spec.yaml", folder=tmp_path).returncode == 0


def test_an_installed_plugin_that_fails_is_shown_at_its_line(package, tmp_path):
    package("a = 1\nb = c\n")
    (tmp_path / "spec.yaml").write_text(SPEC.replace("plugins: [mine.py]\n", ""))
    done = kc_process("validate", "--allow-plugins", "spec.yaml", folder=tmp_path)
    assert "error[KC110]: the plugin `acme` cannot be imported: NameError" in done.stdout
    assert "layers.py:2:1" in done.stdout


def test_the_group_of_entry_points_is_empty_here():
    assert not importlib.metadata.entry_points(group=plugins.GROUP)
