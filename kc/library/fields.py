"""Types of arguments that many entries share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

LARGEST = 2**31 - 1

PositiveInt = Annotated[int, Field(gt=0, le=LARGEST)]
NonNegativeInt = Annotated[int, Field(ge=0, le=LARGEST)]
Axis = Annotated[int, Field(ge=-16, le=16)]
"""An axis counted without the batch from 1 as in Keras, or from the end with -1."""
Axes = tuple[Annotated[int, Field(ge=-16, le=15)], ...]
"""Axes of a weight, from 0."""
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]


def _pair(value: object) -> object:
    return (value, value) if isinstance(value, int) else value


Pair = Annotated[
    tuple[PositiveInt, PositiveInt],
    BeforeValidator(_pair, json_schema_input_type=PositiveInt | tuple[PositiveInt, PositiveInt]),
]
"""One number for both spatial axes, or one for each."""

Padding = Literal["valid", "same"]
DataFormat = Literal["channels_last", "channels_first"]
