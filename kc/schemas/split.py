"""How the section ``data`` divides examples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    model_validator,
)

from kc.core.registry import SpecModel
from kc.library.fields import Fraction, Seed

Column = Annotated[str, Field(min_length=1, max_length=256)]
"""A column of the source with one value per example."""
_Value = Annotated[
    Annotated[int, Tag("int")]
    | Annotated[Annotated[str, Field(min_length=1, max_length=256)], Tag("str")],
    Discriminator(lambda value: "int" if type(value) is int else "str"),
]


def _values(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


_Values = Annotated[
    tuple[_Value, ...],
    Field(min_length=1),
    BeforeValidator(_values, json_schema_input_type=_Value | tuple[_Value, ...]),
]


class Values(SpecModel):
    """What the column that divides examples says of each part: one value, or a list."""

    train: _Values | None = None
    """Examples to train on; by default all others."""
    validation: _Values | None = None
    """Examples that measure each epoch."""
    test: _Values | None = None
    """Examples that measure the finished model."""

    @model_validator(mode="after")
    def _differ(self) -> Values:
        given = [str(v) for part in (self.train, self.validation, self.test) for v in part or ()]
        twice = next((value for value in given if given.count(value) > 1), None)
        if twice is not None:
            raise ValueError(f"the value `{twice}` stands for two parts")
        return self


WORDS: Final = Values.model_construct(train=("train",), validation=("validation",), test=("test",))
"""What a column says by default."""

_MEANINGLESS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "column": (
        "`column` says where each example goes",
        ("validation", "test", "stratify", "shuffle", "seed", "group", "time", "folds"),
    ),
    "time": ("`time` holds the last ones out", ("stratify", "seed", "group")),
    "folds": ("`fold` says what validates", ("validation",)),
}
"""What decides, how it says so, and what may not stand beside it."""
_DRAWN: Final = ("stratify", "group")
"""What draws at random, and so means nothing without `shuffle`."""
_COLUMN: Final[JsonValue] = {"type": "string", "pattern": "^[^$]"}
_POSITIVE: Final[JsonValue] = {"type": "number", "exclusiveMinimum": 0}
_SET: Final[Mapping[str, JsonValue]] = {
    "validation": _POSITIVE,
    "test": _POSITIVE,
    "stratify": {"const": True},
    "shuffle": {"const": False},
    "seed": _POSITIVE,
    "column": _COLUMN,
    "values": {"type": "object"},
    "group": _COLUMN,
    "time": _COLUMN,
    "folds": {"type": "integer"},
    "fold": {"type": "integer"},
}
"""What the JSON Schema says of values that differ from the default, as far as it can tell: it knows
of no variables and no arithmetic."""


def is_set(key: str) -> JsonValue:
    """The JSON Schema of a split that gives a key."""
    return {"required": [key], "properties": {key: _SET[key]}}


def not_both(one: JsonValue, other: JsonValue) -> JsonValue:
    """The JSON Schema that refuses two things together."""
    return {"not": {"allOf": [one, other]}}


def _needs(key: str, other: str) -> JsonValue:
    given: JsonValue = {"required": [other], "properties": {other: {"not": {"type": "null"}}}}
    return not_both(is_set(key), {"not": given})


class Split(SpecModel):
    """How examples are divided. What is left is for training."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                *(
                    not_both(is_set(key), is_set(other))
                    for key, (_, others) in _MEANINGLESS.items()
                    for other in others
                ),
                *(not_both(is_set(key), is_set("shuffle")) for key in _DRAWN),
                _needs("values", "column"),
                _needs("folds", "fold"),
                _needs("fold", "folds"),
            ]
        }
    )

    validation: Fraction = 0.0
    """Part that measures each epoch."""
    test: Fraction = 0.0
    """Part that measures the finished model."""
    stratify: bool = False
    """Whether each part gets its share of every class."""
    shuffle: bool = True
    """Whether examples are drawn at random; otherwise validation and test are the last ones."""
    seed: Seed = 0
    """Number of the draw."""
    column: Column | None = None
    """A column that says `train`, `validation` or `test` of each example, in place of fractions."""
    values: Values | None = None
    """What the column says instead, by part."""
    group: Column | None = None
    """A column whose examples of one value stay in one part, as those of a patient."""
    time: Column | None = None
    """A column of dates or numbers: the latest examples are for test, those before them for
    validation."""
    folds: Annotated[int, Field(ge=2, le=1000)] | None = None
    """How many parts of one size validate in turn, for cross-validation."""
    fold: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Which of them validates here, from 1; the others train."""

    @model_validator(mode="after")
    def _leaves_some(self) -> Split:
        if self.validation + self.test >= 1:
            raise ValueError("`validation` and `test` leave nothing for training")
        return self

    @model_validator(mode="after")
    def _agrees(self) -> Split:
        for key, (says, others) in _MEANINGLESS.items():
            for other in others:
                if self._gives(key) and self._gives(other):
                    raise ValueError(f"{says}, so `{other}` means nothing beside it: remove it")
        for key in _DRAWN:
            if self._gives(key) and not self.shuffle:
                raise ValueError(f"`{key}` draws at random, so it needs `shuffle: true`")
        if self.values is not None and self.column is None:
            raise ValueError("`values` are those of a `column`: name it")
        return self

    @model_validator(mode="after")
    def _counts(self) -> Split:
        if self.fold is None and self.folds is not None:
            raise ValueError(
                "`folds` needs the `fold` that validates; `kc train --folds` runs all of them"
            )
        if self.fold is not None and self.folds is None:
            raise ValueError("`fold` is one of several: say how many, `folds: 5`")
        if self.fold is not None and self.folds is not None and self.fold > self.folds:
            raise ValueError(f"there is no fold {self.fold}: `folds` is {self.folds}")
        return self

    def _gives(self, key: str) -> bool:
        return getattr(self, key) != type(self).model_fields[key].default

    @property
    def validates(self) -> bool:
        """Whether some examples are for validation."""
        return bool(self.validation or self.folds or (self.column and self.named.validation))

    @property
    def tests(self) -> bool:
        """Whether some examples are for test."""
        return bool(self.test or (self.column and self.named.test))

    @property
    def draws(self) -> bool:
        """Whether parts are drawn at random."""
        ordered = self.time is not None or self.column is not None
        return self.shuffle and not ordered and (self.validates or self.tests)

    @property
    def named(self) -> Values:
        """What a column says."""
        return WORDS if self.values is None else self.values

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns that it reads, by the key that names them."""
        named = {"column": self.column, "group": self.group, "time": self.time}
        return {key: column for key, column in named.items() if column is not None}

    def sizes(self, examples: int) -> tuple[int, int, int]:
        """How many examples are for training, validation and test, where fractions say it."""
        test = _share(examples, self.test)
        validation = _share(examples, self.validation)
        if self.folds is not None and self.fold is not None:
            left = examples - test
            validation = left // self.folds + (self.fold <= left % self.folds)
        return examples - validation - test, validation, test


def _share(examples: int, fraction: float) -> int:
    # Keras's rule for validation_split: what is left for training is rounded down.
    return examples - math.floor(examples * (1.0 - fraction)) if fraction else 0
