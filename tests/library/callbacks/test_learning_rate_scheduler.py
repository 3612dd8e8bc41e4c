from __future__ import annotations

import keras
import pytest
from pydantic import ValidationError

from kc.library.callbacks.learning_rate_scheduler import LearningRateScheduler
from kc.library.schedules.exponential_decay import ExponentialDecay
from tests.library.callbacks.drive import RATE, drive, drive_keras

LOGS = [{"loss": 1.0}] * 5


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        pytest.param({1: 0.5, 4: 0.25}, [0.5, 0.5, 0.5, 0.25, 0.25], id="by epoch"),
        pytest.param({4: 0.25, 3: 0.5}, [RATE, RATE, 0.5, 0.25, 0.25], id="later"),
        pytest.param([0.5, 0.25, 0.0], [0.5, 0.25, 0.0, 0.0, 0.0], id="listed"),
        pytest.param(
            ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5),
            [0.5, 0.25, 0.125, 0.0625, 0.03125],
            id="a schedule",
        ),
    ],
)
@pytest.mark.parametrize("cut", [None, 3])
def test_epochs_have_the_rates_of_the_schedule(schedule, rates, cut):
    found = drive(LearningRateScheduler(schedule), LOGS, cut)
    assert [epoch["main"] for epoch in found.seen] == rates


def test_a_function_is_called_as_keras_calls_it():
    def halved(epoch, rate):
        return rate if epoch < 2 else rate * 0.5

    found = drive(LearningRateScheduler(halved), LOGS)
    wanted = drive_keras(keras.callbacks.LearningRateScheduler(halved), LOGS)
    assert found.seen == wanted.seen
    with pytest.raises(ValidationError, match="needs no `relative`"):
        LearningRateScheduler(halved, relative=True)


def test_factors_keep_the_proportion_of_several_rates():
    rates = {"body": RATE, "head": RATE}
    found = drive(LearningRateScheduler({1: 0.5, 3: 2.0}, relative=True), LOGS, rates=rates)
    assert found.seen[1] == {"body": RATE / 2, "head": RATE / 2}
    assert found.rates == {"body": RATE * 2, "head": RATE * 2}


@pytest.mark.parametrize("schedule", [{}, [], {0: 0.1}, {1: -0.1}, [0.1, "x"], "cosine"])
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(ValidationError):
        LearningRateScheduler(schedule)
