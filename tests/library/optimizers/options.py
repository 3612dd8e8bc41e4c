"""Every option of every optimizer, with arguments that make a difference, and Keras's twins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras

from kc.core.registry import entries

Arguments = Mapping[str, Any]

RATES = dict.fromkeys(entries("optimizer"), 0.05) | {"adadelta": 1.0}
"""Rates at which weights move far enough to see a difference."""
SCHEDULES: Mapping[str, Arguments] = {
    "cosine_decay": {"initial_learning_rate": 0.1, "decay_steps": 4, "alpha": 0.2},
    "cosine_decay_restarts": {"initial_learning_rate": 0.1, "first_decay_steps": 2, "m_mul": 0.5},
    "exponential_decay": {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.4},
    "inverse_time_decay": {"initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.7},
    "piecewise_constant_decay": {"boundaries": [1, 3], "values": [0.1, 0.02, 0.05]},
    "polynomial_decay": {"initial_learning_rate": 0.1, "decay_steps": 3, "power": 2.0},
}
EMA = {"use_ema": True, "ema_momentum": 0.6}
COMMON: Mapping[str, Arguments] = {
    "learning_rate": {"learning_rate": {"exponential_decay": SCHEDULES["exponential_decay"]}},
    "weight_decay": {"weight_decay": 0.7},
    "exclude_from_weight_decay": {"weight_decay": 0.7, "exclude_from_weight_decay": ["kernel"]},
    "clipnorm": {"clipnorm": 0.1},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.02},
    "use_ema": {"use_ema": True},
    "ema_momentum": EMA,
    "ema_overwrite_frequency": {**EMA, "ema_overwrite_frequency": 2},
    "gradient_accumulation_steps": {"gradient_accumulation_steps": 2},
}
"""Options of all optimizers, each with what it needs."""
BETAS = {"beta_1": 0.5, "beta_2": 0.6, "epsilon": 0.1}
OWN: Mapping[str, Arguments] = {
    "sgd": {"momentum": 0.8, "nesterov": {"momentum": 0.8, "nesterov": True}},
    "rmsprop": {"rho": 0.6, "momentum": 0.8, "epsilon": 0.01, "centered": True},
    "adam": {**BETAS, "amsgrad": {"amsgrad": True, "beta_2": 0.3}},
    "adamw": {**BETAS, "amsgrad": {"amsgrad": True, "beta_2": 0.3}},
    "adadelta": {"rho": 0.6, "epsilon": 0.001},
    "adagrad": {"initial_accumulator_value": 0.5, "epsilon": 0.1},
    "adamax": {**BETAS, "beta_2": {"beta_2": 0.2}},
    "nadam": BETAS,
    "lamb": BETAS,
    "lion": {"beta_1": 0.3, "beta_2": 0.4},
    "ftrl": {
        "learning_rate_power": -0.7,
        "initial_accumulator_value": 0.3,
        "l1_regularization_strength": 0.4,
        "l2_regularization_strength": 0.2,
        "l2_shrinkage_regularization_strength": 0.1,
        "beta": 0.3,
    },
    "adafactor": {
        "beta_2_decay": -0.3,
        "epsilon_1": 0.1,
        "epsilon_2": 0.9,
        "clip_threshold": 0.3,
        "relative_step": False,
    },
    "schedule_free_adamw": {**BETAS, "warmup_steps": 3},
    "muon": {
        "adam_beta_1": 0.5,
        "adam_beta_2": 0.6,
        "adam_weight_decay": None,
        "epsilon": 0.1,
        "exclude_layers": ["hidden"],
        "exclude_embeddings": False,
        "muon_a": 3.0,
        "muon_b": -4.0,
        "muon_c": 2.5,
        "adam_lr_ratio": 0.3,
        "momentum": 0.5,
        "ns_steps": 2,
        "nesterov": False,
        "rms_rate": None,
    },
}
"""Options of one optimizer: a value, or the argument with what it needs."""
WITHOUT_EFFECT = {("adafactor", "relative_step")}
"""Keras takes it and reads it nowhere."""
ELSEWHERE = {"loss_scale_factor"}
"""Options that tests of their own compare."""
TOGETHER: Mapping[str, Arguments] = {
    "decay at a falling rate": {**COMMON["learning_rate"], **COMMON["exclude_from_weight_decay"]},
    "decay of clipped gradients, averaged": {
        **COMMON["weight_decay"],
        **COMMON["clipnorm"],
        **COMMON["ema_overwrite_frequency"],
    },
    "clipped sums of batches, averaged": {
        **COMMON["global_clipnorm"],
        **COMMON["gradient_accumulation_steps"],
        **COMMON["ema_overwrite_frequency"],
    },
    "all of it": {
        **COMMON["learning_rate"],
        **COMMON["exclude_from_weight_decay"],
        **COMMON["clipvalue"],
        **COMMON["gradient_accumulation_steps"],
        **COMMON["ema_overwrite_frequency"],
    },
}
CLASSES = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adamw": "AdamW",
    "schedule_free_adamw": "ScheduleFreeAdamW",
}


def options(kind: str) -> dict[str, Arguments]:
    """Arguments for each option of an optimizer, by the option's name."""
    own = {n: v if isinstance(v, Mapping) else {n: v} for n, v in OWN[kind].items()}
    return {**COMMON, **own}


def combinations(kind: str) -> dict[str, Arguments]:
    """Several options at once, and all of the optimizer's own."""
    own = {n: v for one in OWN[kind] for n, v in options(kind)[one].items()}
    return {**TOGETHER, "all of its own": own, "all": {**own, **TOGETHER["all of it"]}}


def schedules() -> Iterator[tuple[str, Arguments]]:
    """Arguments with each schedule."""
    for kind, arguments in SCHEDULES.items():
        yield kind, {"learning_rate": {kind: arguments}}


def twin_of(kind: str, arguments: Arguments) -> keras.optimizers.Optimizer:
    """The optimizer of Keras with these arguments of kc's."""
    known = dict(arguments)
    words = known.pop("exclude_from_weight_decay", None)
    if isinstance(rate := known.get("learning_rate"), Mapping):
        ((name, settings),) = rate.items()
        known["learning_rate"] = getattr(keras.optimizers.schedules, _class(name))(**settings)
    optimizer = getattr(keras.optimizers, CLASSES.get(kind) or _class(kind))(**known)
    if words:
        optimizer.exclude_from_weight_decay(var_names=words)
    return optimizer


def _class(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))
