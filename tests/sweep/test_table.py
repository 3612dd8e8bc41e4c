import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from tests.cli.test_sweep import SPEC, folder  # noqa: F401  # a fixture


def test_a_terminal_shows_the_best_trial_and_how_many_are_left():
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "kc", "sweep", "spec.yaml", "--no-refit", "--run-dir", "s"],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # as Linux ends a terminal
            break
        if not part:
            break
        seen += part
    assert process.wait() == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert "of 3 trials: " in text
    assert re.search(r"trial\s+state\s+val_loss\s+learning_rate", text)
    assert "best: trial 2" in text
    assert Path("spec.yaml").read_text() == SPEC
