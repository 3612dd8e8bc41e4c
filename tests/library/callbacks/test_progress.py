"""What a person sees of a run, on a terminal and in a log file."""

from __future__ import annotations

import io

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
