"""Types of arguments that many entries share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from kc.core.reference import refusal

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


def one_number(
    kind: type[int] | type[float], several: Callable[[Any], object], written: Any
) -> BeforeValidator:
    """What reads a number alone, also as arithmetic, where a field holds several.

    Args:
        kind: what the number is.
        several: makes the field's value of it.
        written: type of all that a file may hold.
    """
    kinds = (int, float) if kind is float else (int,)

    def read(value: object) -> object:
        if isinstance(value, str | bool):
            # Validation puts the value of text in its place when a number is asked for.
            raise refusal(f"{kind.__name__}_type", "expected a number")
        return several(value) if isinstance(value, kinds) else value

    return BeforeValidator(read, json_schema_input_type=written)


def _for_axes(count: int, number: Any = PositiveInt) -> BeforeValidator:
    """One number stands for all axes."""
    return one_number(int, lambda value: (value,) * count, number | tuple[(number,) * count])


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

Edge = Annotated[tuple[NonNegativeInt, NonNegativeInt], _for_axes(2, NonNegativeInt)]
"""Cells before and after an axis, or one number for both."""


def _for_edges(count: int) -> BeforeValidator:
    """One number stands for all edges."""
    written = NonNegativeInt | tuple[(Edge,) * count]
    return one_number(int, lambda value: ((value, value),) * count, written)


def _edges_of_sequence(value: object) -> object:
    """Two numbers are the two edges of the only axis."""
    match value:
        case (int() | str(), int() | str()):
            return (value,)
        case _:
            return value


Edges1D = Annotated[
    tuple[Edge],
    _for_edges(1),
    BeforeValidator(
        _edges_of_sequence,
        json_schema_input_type=NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt] | tuple[Edge],
    ),
]
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
