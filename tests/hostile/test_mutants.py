"""Whatever a spec holds: a report, in time, in memory, and nothing else happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.mutants import ROOT
from tests.hostile.watch import MOST_MEGABYTES, MOST_SECONDS

BATCH = 1_000
BATCHES = 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what `extends` of the mutants names, and what it may not reach."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "spec.yaml").write_text("secret: 1")
    (inside / "base.yaml").write_text("vars: {w: 4}\nmodel: {layers: [{dense: $w, name: head}]}")
    (inside / "spec.yaml").write_text("extends: base.yaml")
    (inside / "folder").mkdir()
    os.mkfifo(inside / "pipe.yaml")
    return inside


@pytest.mark.parametrize(
    "batch", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, BATCHES + 1))]
)
def test_mutants_end_in_a_report(batch, folder):
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.batch", str(batch * BATCH), str(BATCH), str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert not result["wrong"], json.dumps(result["wrong"], indent=1)
    assert result["slowest"][0] < MOST_SECONDS
    assert result["peak_megabytes"] < MOST_MEGABYTES
