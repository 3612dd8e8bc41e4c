"""Types of arguments that many entries share."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

LARGEST = 2**31 - 1
MOST = 1_000
"""Bound on lists that no honest spec makes long: inputs, outputs, terms, metrics."""

PositiveInt = Annotated[int, Field(gt=0, le=LARGEST)]
NonNegativeInt = Annotated[int, Field(ge=0, le=LARGEST)]
Axis = Annotated[int, Field(ge=-16, le=16)]
"""An axis counted without the batch from 1 as in Keras, or from the end with -1."""
Axes = tuple[Annotated[int, Field(ge=-16, le=15)], ...]
"""Axes of a weight, from 0."""
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Probability = Annotated[float, Field(ge=0, le=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
Name = Annotated[str, Field(pattern=NAME.pattern, max_length=64)]


def _for_axes(count: int, number: Any = PositiveInt) -> BeforeValidator:
    """One number stands for all axes."""
    return BeforeValidator(
        lambda value: (value,) * count if isinstance(value, int) else value,
        json_schema_input_type=number | tuple[(number,) * count],
    )


Single = Annotated[tuple[PositiveInt], _for_axes(1)]
"""A number for the one spatial axis of a sequence."""
Pair = Annotated[tuple[PositiveInt, PositiveInt], _for_axes(2)]
"""One number for both spatial axes, or one for each."""
Triple = Annotated[tuple[PositiveInt, PositiveInt, PositiveInt], _for_axes(3)]
"""One number for the three spatial axes, or one for each."""

SingleFromZero = Annotated[tuple[NonNegativeInt], _for_axes(1, NonNegativeInt)]
PairFromZero = Annotated[tuple[NonNegativeInt, NonNegativeInt], _for_axes(2, NonNegativeInt)]
TripleFromZero = Annotated[
    tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt], _for_axes(3, NonNegativeInt)
]
"""The same, 0 allowed."""

_Key = Annotated[int, Field(ge=0, le=2**63 - 1)]
Salt = Annotated[tuple[_Key, _Key], _for_axes(2, _Key)]
"""Two numbers that make a hash one's own, or one for both."""

Edge = tuple[NonNegativeInt, NonNegativeInt]
"""Cells before and after an axis."""


def _for_edges(count: int) -> BeforeValidator:
    """One number stands for all edges, and one per axis for the two edges of each."""
    one_each = tuple[(NonNegativeInt,) * count] if count > 1 else Edge
    return BeforeValidator(
        _edges_of_sequence if count == 1 else lambda value: _edges(value, count),
        json_schema_input_type=NonNegativeInt | one_each | tuple[(Edge,) * count],
    )


def _edges(value: object, count: int) -> object:
    match value:
        case int():
            return ((value, value),) * count
        case tuple() if all(isinstance(item, int) for item in value):
            return tuple((item, item) for item in value)
        case _:
            return value


def _edges_of_sequence(value: object) -> object:
    match value:
        case int():
            return ((value, value),)
        case (int(), int()):
            return (value,)
        case _:
            return value


Edges1D = Annotated[tuple[Edge], _for_edges(1)]
"""One number for both ends of a sequence, or one for each."""
Edges2D = Annotated[tuple[Edge, Edge], _for_edges(2)]
"""One number for all edges, one per axis, or a pair per axis."""
Edges3D = Annotated[tuple[Edge, Edge, Edge], _for_edges(3)]
"""One number for all edges, one per axis, or a pair per axis."""


def _not_causal(value: object) -> object:
    if value == "causal":
        raise ValueError("`causal` is for convolutions along one axis: only that has a past")
    return value


Padding = Annotated[Literal["valid", "same"], BeforeValidator(_not_causal)]
CausalPadding = Literal["valid", "same", "causal"]
DataFormat = Literal["channels_last", "channels_first"]
