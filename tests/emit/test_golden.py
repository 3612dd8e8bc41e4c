"""Generated code as a person reads it. What stands behind ``# Layers`` is the library's source."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kc.emit.python import to_python
from kc.emit.summary import summary_text
from kc.library.convolution import convolution
from kc.library.losses.sparse_categorical_crossentropy import sparse_categorical_crossentropy
from tests.emit.same import compiled_file

SPECS = Path(__file__).parent / "specs"
GOLDEN = [
    "convnet",
    "siamese",
    "several_outputs",
    "inference_only",
    "penalties",
    "repeats",
    "blocks",
    "nested_blocks",
    "remat",
]
ROOT = Path(__file__).parents[2]
EXAMPLES = [
    path
    for path in sorted((ROOT / "examples").glob("*/spec.yaml"))
    if path.parent.name != "text_table"
]
"""Examples that can be printed before they have seen data."""


@pytest.mark.parametrize("name", GOLDEN)
def test_generated_module_reads_well(name, golden):
    text = to_python(compiled_file(SPECS / f"{name}.yaml"))
    own, _, _ = text.partition("# Layers\n")
    golden(f"{name}.py.txt", own)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_generated_example_reads_well(path, golden):
    own, _, _ = to_python(compiled_file(path)).partition("# Layers\n")
    golden(f"examples/{path.parent.name}.py.txt", own)


@pytest.mark.parametrize("name", GOLDEN)
def test_summary_reads_well(name, golden):
    golden(f"{name}.summary.txt", summary_text(compiled_file(SPECS / f"{name}.yaml"), 90))


@pytest.mark.parametrize("function", [convolution, sparse_categorical_crossentropy])
def test_library_functions_are_printed_verbatim(function):
    assert inspect.getsource(function) in to_python(compiled_file(SPECS / "convnet.yaml"))


@pytest.mark.skipif(shutil.which("ruff", path=Path(sys.executable).parent) is None, reason="ruff")
@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_generated_module_is_formatted(path, tmp_path):
    file = tmp_path / "model.py"
    file.write_text(to_python(compiled_file(path)))
    for command in (
        ["format", "--isolated", "--line-length", "100", "--diff", "model.py"],
        ["check", "--isolated", "--line-length", "100", "--select", "E,F,I", "model.py"],
    ):
        ruff = Path(sys.executable).parent / "ruff"
        done = subprocess.run([ruff, *command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
