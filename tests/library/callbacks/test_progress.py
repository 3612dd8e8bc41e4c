"""What a person sees of a run, on a terminal and in a log file."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest
from rich.console import Console

from kc.core.events import EpochEnd, TrainBegin
from kc.library.callbacks.progress import Progress, ProgressWatcher, words
from tests.library.callbacks.drive import Run

LOGS = {"loss": 1.25, "accuracy": 0.5, "val_loss": 1.5, "val_accuracy": 0.25}
MANY = {"loss": 6.5} | {f"{name}_loss": 1.0 for name in ("critic", "maker", "seen", "fooled")} | {
    f"critic_thinks_that_{n}_is_real_loss": 0.5 for n in range(4)
}  # fmt: skip


def line(logs, width=None) -> str:
    """The line of an epoch on a terminal of this width, or in a log file."""
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=width is not None, width=width, highlight=False, markup=False
    )
    watcher = ProgressWatcher(Progress(), console)
    watcher.begin = TrainBegin(1, 60, 29, 1797)
    watcher.on(EpochEnd(1, 29, logs, 13.9, 1790.4), Run(epochs=60))
    return out.getvalue().rstrip("\n")


def test_a_log_file_has_all_where_it_fits():
    assert line(LOGS) == (
        "epoch  1/60  loss 1.2500  accuracy 0.5000  val_loss 1.5000  val_accuracy 0.2500  "
        "13.9 s  1,790 examples/s"
    )


def test_a_log_file_has_the_first_of_many_and_says_how_many_are_left():
    assert line(MANY) == (
        "epoch  1/60  loss 6.5000  critic_loss 1.0000  maker_loss 1.0000  seen_loss 1.0000  "
        "+5 more  13.9 s  1,790 examples/s"
    )


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("logs", [LOGS, MANY], ids=["few", "many"])
def test_a_line_fits_the_terminal_and_begins_with_the_loss(logs, width):
    found = line(logs, width)
    assert len(found) <= width
    assert found.startswith("epoch  1/60  loss ")


def test_on_a_narrow_terminal_logs_take_the_place_of_the_speed():
    assert line(LOGS, 80).endswith("val_loss 1.5000  val_accuracy 0.2500")


def test_a_log_stays_with_its_validation():
    assert words(LOGS, 37) == "loss 1.2500  val_loss 1.5000  +2 more"


def test_small_rates_are_readable():
    assert words({"loss": 0.0, "learning_rate": 1e-5}, 99) == "loss 0.0000  learning_rate 1.0e-05"


SCRIPT = """
import sys
from kc.core.events import EpochEnd, StepsEnd, TrainBegin, TrainEnd
from kc.library.callbacks import progress
progress._SECONDS_PER_LOOK = 0.0

class Run:
    ending = False
    def logs(self): return LOGS

class ZMQInteractiveShell: pass

if "notebook" in sys.argv:
    __builtins__.get_ipython = ZMQInteractiveShell
LOGS = {"loss": 1.25, "accuracy": 0.5, "val_loss": 1.5, "val_accuracy": 0.25}
watcher = progress.Progress().watch()
for event in (
    TrainBegin(1, 2, 10, 100), StepsEnd(1, 5, 5), EpochEnd(1, 10, LOGS, 0.5, 200.0),
    StepsEnd(2, 5, 15), EpochEnd(2, 20, LOGS, 0.5, 200.0), TrainEnd(2, 20, None),
):
    watcher.on(event, Run())
"""
LINE = re.compile(r"^epoch [12]/2  loss 1.2500", re.MULTILINE)
CURSOR, COLOR = re.compile(r"\x1b\[\??[0-9;]*[A-HJKlh]"), re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")


def environment(**variables: str) -> dict[str, str]:
    own = ("FORCE_COLOR", "NO_COLOR", "CI", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    return {**kept, "TERM": "xterm-256color", **variables}


def in_file(*arguments: str, **variables: str) -> str:
    """What a run writes where its output is no terminal."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment(**variables)
    )
    assert done.stderr == ""
    return done.stdout


def on_terminal(width: int = 100, **variables: str) -> str:
    """What a run writes on a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=theirs, stderr=theirs, env=environment(**variables)
    ) as process:
        os.close(theirs)
        parts: list[bytes] = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:
            pass  # so a terminal says that no one writes to it any more
        os.close(ours)
    assert process.returncode == 0
    return b"".join(parts).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="log file"),
        pytest.param({"CI": "true", "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}, id="CI"),
        pytest.param({"DATABRICKS_RUNTIME_VERSION": "15"}, id="hosted notebook"),
        pytest.param({"PYTHONIOENCODING": "ascii", "TERM": ""}, id="as on Windows"),
    ],
)
def test_where_nothing_can_be_drawn_again_there_are_lines(variables):
    out = in_file(**variables)
    assert "\x1b" not in out
    assert "\r" not in out
    assert len(LINE.findall(out)) == 2


def test_a_notebook_has_lines():
    out = in_file("notebook")
    assert out == in_file()


def test_a_terminal_has_a_bar_that_goes_away():
    out = on_terminal()
    assert CURSOR.search(out)
    assert "5/20 steps" in out
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out).replace("\r", "\n")
    assert len(LINE.findall(shown)) == 2


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TTY_INTERACTIVE": "0"}])
def test_a_terminal_that_cannot_move_its_cursor_has_lines(variables):
    out = on_terminal(**variables)
    assert "\x1b" not in out
    assert len(LINE.findall(out)) == 2


def test_who_wants_no_colors_gets_none():
    assert COLOR.search(on_terminal())
    assert not COLOR.search(on_terminal(NO_COLOR="1"))


@pytest.mark.parametrize("width", [20, 30, 50])
def test_in_a_narrow_window_the_bar_stays_on_its_line(width):
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_terminal(width))
    bars = [line for line in re.split(r"[\r\n]", shown) if "━" in line or "steps" in line]
    assert bars
    assert max(map(len, bars)) <= width
