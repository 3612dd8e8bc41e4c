"""Callbacks that watch a log for its best value do what those of Keras do."""

from __future__ import annotations

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kc.library.callbacks.early_stopping import EarlyStopping
from kc.library.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from tests.library.callbacks.drive import drive, drive_keras

eighths = st.integers(0, 16).map(lambda number: number / 8)
"""Values whose differences float32, in which Keras compares, has exactly."""
logs = st.lists(eighths.map(lambda value: {"val_loss": value}), min_size=1, max_size=16)
watching = {
    "mode": st.sampled_from(["auto", "min", "max"]),
    "min_delta": st.sampled_from([0.0, 0.125, 0.25]),
    "patience": st.integers(0, 3),
}


@given(
    logs=logs,
    settings=st.fixed_dictionaries(
        {
            **watching,
            "baseline": st.none() | eighths,
            "restore_best_weights": st.booleans(),
            "start_from_epoch": st.integers(0, 4),
        }
    ),
    cut=st.integers(1, 8),
)
def test_early_stopping_stops_and_restores_as_keras_does(logs, settings, cut):
    wanted = drive_keras(keras.callbacks.EarlyStopping(**settings), logs)
    for found in (drive(EarlyStopping(**settings), logs, at) for at in (None, cut)):
        assert found.epoch == wanted.epoch
        assert (found.stopped is not None) == wanted.stop_training
        assert found.restored == wanted.restored


@given(
    logs=logs,
    settings=st.fixed_dictionaries(
        {
            **watching,
            "factor": st.sampled_from([0.1, 0.5, 0.9]),
            "cooldown": st.integers(0, 3),
            "min_lr": st.sampled_from([0.0, 0.01, 0.0625]),
        }
    ),
    cut=st.integers(1, 8),
)
def test_reduce_lr_on_plateau_sets_the_rates_that_keras_sets(logs, settings, cut):
    wanted = drive_keras(keras.callbacks.ReduceLROnPlateau(**settings), logs)
    for found in (drive(ReduceLROnPlateau(**settings), logs, at) for at in (None, cut)):
        rates = [rates["main"] for rates in found.seen]
        assert rates == pytest.approx([rates["main"] for rates in wanted.seen], rel=1e-6)


def test_each_of_several_rates_is_reduced_or_the_one_that_is_named():
    flat, rates = [{"loss": 1.0}] * 3, {"body": 1.0, "head": 0.25}
    settings = {"monitor": "loss", "factor": 0.5, "patience": 1}
    both = drive(ReduceLROnPlateau(**settings), flat, rates=dict(rates))
    assert both.rates == {"body": 0.25, "head": 0.0625}
    head = drive(ReduceLROnPlateau(**settings, optimizer="head"), flat, rates=dict(rates))
    assert head.rates == {"body": 1.0, "head": 0.0625}
