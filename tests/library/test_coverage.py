"""Whatever Keras can name, kc has, or refuses by name with a reason."""

from __future__ import annotations

import inspect
import re

import keras
import pytest

from kc.core.registry import entries
from kc.library.refused import REFUSED

FAMILIES = {
    "layer": keras.layers,
    "loss": keras.losses,
    "metric": keras.metrics,
    "optimizer": keras.optimizers,
    "schedule": keras.optimizers.schedules,
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
    "callback": keras.callbacks,
}
ODD_NAMES = {
    "AdamW": "adamw", "RMSprop": "rmsprop", "ScheduleFreeAdamW": "schedule_free_adamw",
    "L1L2": "l1_l2", "FBetaScore": "fbeta_score", "ReLU": "relu", "PReLU": "prelu",
    "LeakyReLU": "leaky_relu", "CSVLogger": "csv_logger", "LogCoshError": "log_cosh",
    "TerminateOnNaN": "terminate_on_nan",
}  # fmt: skip
BASES = {
    "Layer", "Loss", "Metric", "Optimizer", "LearningRateSchedule", "Initializer", "Regularizer",
    "Constraint", "Callback", "InputSpec",
}  # fmt: skip
MISSING: dict[str, set[str]] = {}
"""Entries that kc does not have so far. A name leaves this list when its entry comes."""


def snake_case(name: str) -> str:
    """Keras's class name as kc spells it."""
    if name in ODD_NAMES:
        return ODD_NAMES[name]
    name = name.replace("IoU", "Iou")
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def keras_names(family: str) -> set[str]:
    module = FAMILIES[family]
    names = {value.__name__ for value in vars(module).values() if inspect.isclass(value)}
    return {snake_case(name) for name in names - BASES}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_entry_of_keras_is_here_or_refused(family):
    known = set(entries(family)) | (set(entries("cell")) if family == "layer" else set())
    known |= set(REFUSED.get(family, {}))
    assert keras_names(family) - known == MISSING.get(family, set())


def test_layers_that_mix_targets_too_are_mixings():
    assert set(entries("mixing")) == {"mix_up", "cut_mix"}
    assert {"mix_up", "cut_mix"} <= keras_names("layer")


def test_activations_of_keras_are_here():
    functions = {name for name, f in vars(keras.activations).items() if inspect.isfunction(f)}
    functions -= {"deserialize", "get", "serialize", "hard_swish", "swish"}
    assert functions <= set(entries("activation"))


def test_what_is_refused_is_not_here():
    for family, names in REFUSED.items():
        assert not set(names) & set(entries(family))
