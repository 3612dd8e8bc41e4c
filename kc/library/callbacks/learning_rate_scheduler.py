"""Set the learning rate of each epoch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import core_schema

from kc.core import codes
from kc.core.events import Control, EpochEnd, Event, TrainBegin
from kc.core.lazy import jnp
from kc.core.reference import FAMILY, EntryOf, read_entry, write_entry
from kc.core.registry import Entry
from kc.library.callback import CallbackError, StatelessWatcher
from kc.library.fields import NonNegativeFloat
from kc.library.optimizer import Optimizer
from kc.library.rates import RateCallback
from kc.library.schedule import Schedule

_EPOCH = r"^[1-9][0-9]{0,8}$"

ListedRates = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=1)]
"""The rate of each epoch; the last one stays."""
RatesByEpoch = Annotated[dict[str, NonNegativeFloat], Field(min_length=1)]
"""Rates by the epochs that they begin with, from 1."""
EpochFunction = Callable[[int, float], float]
"""From the number of epochs done and the rate: the rate of the next epoch."""


class RatesOr(EntryOf):
    """Annotation of a field that takes rates by epoch, an entry of a family, or a function."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        rates = core_schema.tagged_union_schema(
            {
                "dict": handler.generate_schema(RatesByEpoch),
                "tuple": handler.generate_schema(ListedRates),
            },
            lambda value: "dict" if isinstance(value, Mapping) else "tuple",
        )

        def read(value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> object:
            if callable(value):
                return value
            if isinstance(value, str | Entry):
                return read_entry(self.family, value)
            if isinstance(value, Mapping):
                given = cast("Mapping[Any, Any]", value)
                if len(given) == 1 and not str(next(iter(given))).isdecimal():
                    return read_entry(self.family, given)
                return handler(_by_epoch(given))
            return handler(value)

        return core_schema.no_info_wrap_validator_function(
            read,
            rates,
            serialization=core_schema.plain_serializer_function_ser_schema(_written),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        rate = {"type": "number", "minimum": 0}
        by_epoch = {"type": "object", "patternProperties": {_EPOCH: rate}, "minProperties": 1}
        return {
            "anyOf": [
                {"type": "array", "items": rate, "minItems": 1},
                {**by_epoch, "additionalProperties": False},
                {FAMILY: self.family},
            ]
        }


def _by_epoch(rates: Mapping[Any, Any]) -> dict[str, object]:
    """The map with its numbers as a spec writes them."""
    odd = next((key for key in rates if not re.match(_EPOCH, str(key))), None)
    if odd is not None:
        raise ValueError(f"epochs are counted from 1, and `{odd}` is none of them")
    return {str(key): rate for key, rate in rates.items()}


def _written(value: object) -> object:
    return write_entry(value) if isinstance(value, Entry) else value


class LearningRateScheduler(RateCallback, kind="learning_rate_scheduler"):
    """Sets the learning rate at the beginning of each epoch.

    A schedule that an optimizer has as its ``learning_rate`` changes the rate from step to step
    instead. Epochs log the rates that they were trained with.

    Source: ``keras/src/callbacks/learning_rate_scheduler.py``.

    Example:
        callbacks: [{learning_rate_scheduler: {schedule: {1: 1e-2, 10: 1e-3}}}]
    """

    in_population = "acts"
    order = 10

    schedule: Annotated[RatesByEpoch | ListedRates | Schedule | EpochFunction, RatesOr("schedule")]
    """Rates by the epochs that they begin with, from 1; or a list of the rate of each epoch, the
    last of which stays; or a schedule, in which an epoch is a step. Before the first epoch that is
    named, the rate stays as it is. From Python also a function of the number of epochs done and the
    rate, as in Keras."""
    relative: bool = False
    """Whether the values are factors of the rates that the optimizers begin with, as needed where
    several follow one schedule."""

    @model_validator(mode="after")
    def _check_relative(self) -> LearningRateScheduler:
        if self.relative and callable(self.schedule):
            raise ValueError("a function sees the rate and needs no `relative`")
        return self

    def check(self, optimizers: Mapping[str, Optimizer]) -> None:
        super().check(optimizers)
        several = len(self.chosen(optimizers)) > 1
        if several and not self.relative and not callable(self.schedule):
            raise CallbackError(
                codes.UNKNOWN_OPTIMIZER,
                f"{self.kind} sets one rate, and there are {len(optimizers)} optimizers",
                f"name one of them, as in `optimizer: {next(iter(optimizers))}`, or write factors "
                "and `relative: true`",
            )

    def rate(self, epoch: int, rate: float, first: float) -> float:
        """The rate of an epoch, from 1, after one with this rate."""
        if callable(self.schedule):
            return self.schedule(epoch - 1, rate)
        value = self._value(epoch)
        if value is None:
            return rate
        return value * first if self.relative else value

    def _value(self, epoch: int) -> float | None:
        """What the schedule says of an epoch."""
        match self.schedule:
            case Schedule() as schedule:
                return float(schedule.lower()(jnp.int32(epoch - 1)))
            case tuple() as rates:
                return rates[min(epoch, len(rates)) - 1]
            case by_epoch:
                assert isinstance(by_epoch, dict)
                begun = [begin for begin in map(int, by_epoch) if begin <= epoch]
                return by_epoch[str(max(begun))] if begun else None

    def watch(self) -> LearningRateSchedulerWatcher:
        return LearningRateSchedulerWatcher(self)


class LearningRateSchedulerWatcher(StatelessWatcher):
    def __init__(self, config: LearningRateScheduler) -> None:
        self.config = config

    def on(self, event: Event, control: Control) -> None:
        match event:
            case TrainBegin(first_epoch=epoch):
                self._set(epoch, control)
            case EpochEnd(epoch=epoch) if not control.ending:
                self._set(epoch + 1, control)
            case _:
                pass

    def _set(self, epoch: int, control: Control) -> None:
        rates, first = control.learning_rates(), control.first_learning_rates()
        for name in self.config.chosen(rates):
            control.set_learning_rate(name, self.config.rate(epoch, rates[name], first[name]))
