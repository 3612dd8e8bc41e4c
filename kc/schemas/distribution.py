"""What a path of a sweep may become: a choice, or a range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final, Literal, cast

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from typing_extensions import TypeAliasType

from kc.core.registry import SpecModel
from kc.library.fields import MOST, PositiveFloat

Scalar = bool | int | float | str | None
Kind = Literal["choice", "uniform", "log_uniform", "int", "log_int"]
KINDS: Final[tuple[Kind, ...]] = ("choice", "uniform", "log_uniform", "int", "log_int")
_DIGITS: Final = 12
"""Of a value on a step: 0.1 + 2 * 0.1 is 0.30000000000000004."""


def _form(value: object) -> str:
    """Which form of an option a value is; a map of one kind, and perhaps a step, is a range."""
    if isinstance(value, Distribution):
        return "distribution"
    if isinstance(value, Mapping):
        keys = set(cast("Mapping[str, object]", value))
        is_one = len(keys & set(KINDS)) == 1 and keys <= {*KINDS, "step"}
        return "distribution" if is_one else "map"
    return "list" if isinstance(value, list | tuple) else "scalar"


if TYPE_CHECKING:
    Option = object
else:
    Option = TypeAliasType(
        "Option",
        Annotated[
            Annotated["Distribution", Tag("distribution")]
            | Annotated[dict[str, "Option"], Tag("map")]
            | Annotated[tuple["Option", ...], Tag("list")]
            | Annotated[Scalar, Tag("scalar")],
            Discriminator(_form),
            WithJsonSchema({}),
        ],
    )
"""A value as the spec would have it, in which distributions may stand in place of values."""


class Distribution(SpecModel):
    """Values to choose from: one of `choice`, `uniform`, `log_uniform`, `int` and `log_int`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in KINDS]})

    choice: (
        Annotated[tuple[Option, ...], Field(max_length=MOST)]
        | Annotated[dict[str, Option], Field(max_length=MOST)]
        | None
    ) = None
    """Options: a list of values, or a map of entries with their arguments. An option may be a part
    of a spec that holds distributions itself; they count where it is chosen."""
    uniform: tuple[float, float] | None = None
    """A range of numbers, its ends included."""
    log_uniform: tuple[float, float] | None = None
    """A range of numbers in which each factor has the same probability."""
    whole: Annotated[tuple[int, int] | None, Field(alias="int")] = None
    """A range of whole numbers, its ends included."""
    log_whole: Annotated[tuple[int, int] | None, Field(alias="log_int")] = None
    """A range of whole numbers in which each factor has the same probability."""
    step: PositiveFloat | None = None
    """Distance of two values of `uniform` or `int`."""

    @model_validator(mode="after")
    def _is_one(self) -> Distribution:
        given = [name for name, value in self._ranges.items() if value is not None]
        if len(given) != 1:
            kinds = ", ".join(f"`{kind}`" for kind in KINDS)
            raise ValueError(f"a distribution is one of {kinds}; this has {len(given)} of them")
        if self.step is not None and self.kind not in {"uniform", "int"}:
            raise ValueError(f"`step` goes with `uniform` and `int`, not with `{self.kind}`")
        if self.step is not None and self.kind == "int" and self.step != int(self.step):
            raise ValueError("the `step` of whole numbers is a whole number")
        return self

    @property
    def _ranges(self) -> Mapping[Kind, object]:
        return {
            "choice": self.choice,
            "uniform": self.uniform,
            "log_uniform": self.log_uniform,
            "int": self.whole,
            "log_int": self.log_whole,
        }

    @property
    def kind(self) -> Kind:
        return next(kind for kind, value in self._ranges.items() if value is not None)

    @property
    def options(self) -> Sequence[object]:
        """The options of a choice; an entry with its arguments is a map of one key."""
        if isinstance(self.choice, Mapping):
            return [{key: value} for key, value in self.choice.items()]
        return self.choice or ()

    @property
    def whole_numbers(self) -> bool:
        return self.kind in {"int", "log_int"}

    @property
    def log(self) -> bool:
        return self.kind in {"log_uniform", "log_int"}

    @property
    def ends(self) -> tuple[float, float]:
        """Beginning and end of a range."""
        found = self.uniform or self.log_uniform or self.whole or self.log_whole
        assert found is not None
        return found

    @property
    def count(self) -> int | None:
        """How many values a range has; None for endlessly many."""
        low, high = self.ends
        if self.kind == "log_int":
            return int(high - low) + 1
        step = self.step or (1 if self.whole_numbers else None)
        return None if step is None else math.floor((high - low) / step + 1e-9) + 1

    def number(self, index: int) -> float:
        """The value of a range with this number."""
        return self.rounded(self.ends[0] + index * (self.step or 1))

    def rounded(self, value: float) -> float:
        """A value as a spec would have it."""
        if self.whole_numbers:
            return int(value)
        return float(f"{value:.{_DIGITS}g}") if self.step else float(value)

    def value(self, place: float) -> float:
        """The value of a range at a place from 0 to 1."""
        low, high = self.ends
        if self.kind == "log_int":
            found = math.exp(_between(math.log(low - 0.5), math.log(high + 0.5), place))
            return int(min(max(round(found), low), high))
        if self.count is not None:
            return self.number(min(int(place * self.count), self.count - 1))
        if self.log:
            # The logarithm of an end does not give back the end.
            found = math.exp(_between(math.log(low), math.log(high), place))
            return float(min(max(found, low), high))
        return _between(low, high, place)


def _between(low: float, high: float, place: float) -> float:
    return low + (high - low) * place


def _of_list(value: object) -> object:
    return {"choice": value} if isinstance(value, list | tuple) else value


DistributionField = Annotated[
    Distribution,
    BeforeValidator(
        _of_list, json_schema_input_type=Distribution | Annotated[tuple[Option, ...], Field()]
    ),
]
"""A list is a choice."""
