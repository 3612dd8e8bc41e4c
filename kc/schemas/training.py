"""The section ``training``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, WrapSerializer

from kc.core.registry import SpecModel, find
from kc.library.callback import CallbackField
from kc.library.fields import NonNegativeFloat, PositiveInt, Seed
from kc.library.loss import LossField
from kc.library.metric import MetricField
from kc.library.optimizer import OptimizerField
from kc.library.optimizers.rmsprop import RMSprop

Metrics = tuple[MetricField, ...]


ONLY = ""
"""Key that stands for the only output, whatever its name."""


def _loss_by_output(value: object) -> object:
    """Tells a map from outputs to losses from one loss with arguments."""
    if not isinstance(value, Mapping):
        return {ONLY: value}
    losses = cast("Mapping[str, object]", value)
    only = len(losses) == 1 and find(next(iter(losses)), "loss") is not None
    return {ONLY: losses} if only else losses


def _metrics_by_output(value: object) -> object:
    return cast("object", value) if isinstance(value, Mapping) else {ONLY: value}


def _unwrap(value: object, handler: SerializerFunctionWrapHandler) -> object:
    plain = handler(value)
    return plain[ONLY] if set(plain) == {ONLY} else plain


MetricsByOutput = Annotated[
    dict[str, Metrics],
    BeforeValidator(_metrics_by_output, json_schema_input_type=Metrics | dict[str, Metrics]),
    WrapSerializer(_unwrap),
]


class Training(SpecModel):
    """How the model is trained."""

    loss: Annotated[
        dict[str, LossField],
        Field(min_length=1),
        BeforeValidator(_loss_by_output, json_schema_input_type=LossField | dict[str, LossField]),
        WrapSerializer(_unwrap),
    ]
    """What is minimized; with several outputs a map from output to loss."""
    loss_weights: dict[str, NonNegativeFloat] = {}
    """Factors of the losses in the total, by output; 1 by default."""
    class_weight: dict[Annotated[str, Field(pattern=r"^[0-9]+$")], NonNegativeFloat] = {}
    """How much examples of a class count in training, by the class's number; 1 by default."""
    optimizer: OptimizerField = RMSprop.default()
    """How gradients become updates."""
    metrics: MetricsByOutput = {}
    """What else is measured; with several outputs a map from output to a list."""
    weighted_metrics: MetricsByOutput = {}
    """Metrics in which examples count with their weights."""
    batch_size: PositiveInt = 32
    """Examples per step."""
    epochs: PositiveInt = 1
    """Passes over the training examples."""
    shuffle: bool = True
    """Whether each epoch has its own random order."""
    seed: Seed = 0
    """Number from which first weights, orders and dropouts follow."""
    callbacks: tuple[CallbackField, ...] = ()
    """What watches the run. Progress and checkpoints are there by default."""
