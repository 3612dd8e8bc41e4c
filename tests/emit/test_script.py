"""The generated file runs where kc is not installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

from kc.emit.python import to_python
from tests.emit.same import compiled_file

SPECS = Path(__file__).parent / "specs"

RUN_WITHOUT_KC = """
import runpy, sys

class NoKc:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "kc":
            raise ImportError("kc is not installed here")

sys.meta_path.insert(0, NoKc())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", RUN_WITHOUT_KC, "model.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def write(folder: Path, name: str) -> None:
    text = to_python(compiled_file(SPECS / f"{name}.yaml"))
    (folder / "model.py").write_text(text, encoding="utf-8")


def test_script_trains_on_a_file_without_kc(tmp_path):
    write(tmp_path, "convnet")
    rng = np.random.default_rng(0)
    digits = rng.integers(10, size=300)
    images = (digits[:, None, None, None] + rng.random((300, 8, 8, 1))).astype(np.float32)
    np.savez(tmp_path / "data.npz", image=images, dense=digits)
    done = run(tmp_path, "data.npz")
    assert done.returncode == 0, done.stderr
    assert re.sub(r"\d\.\d{4}", "#", done.stdout) == (
        "epoch 1/3: loss #\nepoch 2/3: loss #\nepoch 3/3: loss #\n"
    )
    losses = [float(value) for value in re.findall(r"\d\.\d{4}", done.stdout)]
    assert losses == sorted(losses, reverse=True)


def test_script_trains_on_random_numbers(tmp_path):
    write(tmp_path, "embedding")
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"epoch 1/1: loss \d\.\d{4}\n", done.stdout)
