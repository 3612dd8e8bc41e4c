"""First values that an item gives its weights: numbers in the spec, or arrays of a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

from kc.core.lazy import jnp
from kc.core.program import Call
from kc.core.reference import errors, refusal
from kc.core.span import Span
from kc.core.tree import WrittenMap
from kc.library.initializers import Shape

if TYPE_CHECKING:
    from jax import Array

MAX_PATH = 4096

Numbers = float | tuple["Numbers", ...]
"""A number, or nested rows of them."""


@dataclass(frozen=True, slots=True)
class Initial:
    """What stands behind the key ``initial`` of an item."""

    file: str | None = None
    """A file with all weights; None where they are given one by one."""
    weights: Mapping[str, str | Numbers] = field(default_factory=dict[str, "str | Numbers"])
    """A file or numbers, by the name of the weight."""
    span: Span | None = field(default=None, compare=False)
    spans: Mapping[str, Span] = field(default_factory=dict[str, Span], compare=False)
    """Where each weight was written."""

    def place(self, weight: str) -> Span | None:
        return self.spans.get(weight, self.span)

    @property
    def files(self) -> Sequence[str]:
        """The files that it names, each once."""
        named = [given for given in self.weights.values() if isinstance(given, str)]
        return tuple(dict.fromkeys([*([self.file] if self.file is not None else []), *named]))

    def written(self) -> object:
        return self.file if self.file is not None else dict(self.weights)


class InitialField:
    """Annotation of the field that holds one."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(read_initial)

    def __get_pydantic_json_schema__(self, schema: object, handler: object) -> dict[str, Any]:
        path = {"type": "string", "minLength": 1, "maxLength": MAX_PATH}
        numbers = {"anyOf": [{"type": "number"}, {"type": "array"}]}
        by_weight = {
            "type": "object",
            "additionalProperties": {"anyOf": [path, *numbers["anyOf"]]},
            "minProperties": 1,
        }
        return {"anyOf": [path, by_weight]}


def read_initial(value: object) -> Initial:
    """First values from their plain form: a path, or a map from weights to numbers or paths.

    Raises:
        ValidationError: with locations that begin at the value.
    """
    if isinstance(value, Initial):
        return value
    if isinstance(value, str):
        return Initial(file=_path(value), span=getattr(value, "span", None))
    if not isinstance(value, Mapping) or not value:
        raise refusal("initial", "expected a file, or a map from weights to numbers")
    found = cast("Mapping[str, object]", value)
    weights: dict[str, str | Numbers] = {}
    for name, given in found.items():
        try:
            weights[name] = _path(given) if isinstance(given, str) else _numbers(given)
        except ValueError as error:
            raise errors(("initial", (name,), str(error), given)) from None
    written = found if isinstance(found, WrittenMap) else None
    return Initial(
        weights=weights,
        span=written.span if written else None,
        spans=written.key_spans if written else {},
    )


def _path(text: str) -> str:
    if not 0 < len(text) <= MAX_PATH:
        raise refusal("initial", f"expected a path of 1 to {MAX_PATH:,} characters")
    return str(text)


def _numbers(value: object) -> Numbers:
    """Nested lists of equal lengths as tuples of floats."""
    if isinstance(value, list | tuple):
        rows = tuple(_numbers(row) for row in cast("tuple[object, ...]", value))
        if len({shape_of(row) for row in rows}) > 1:
            raise ValueError("expected rows of one length, as an array has them")
        return rows
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a file, a number, or nested lists of numbers")
    return float(value)


def shape_of(numbers: Numbers) -> Shape:
    """The shape of an array with these numbers."""
    if isinstance(numbers, tuple):
        return (len(numbers), *(shape_of(numbers[0]) if numbers else ()))
    return ()


@dataclass(frozen=True, slots=True)
class Given:
    """An initializer of given numbers. Specs write it as ``initial``."""

    numbers: Numbers

    def lower(self) -> Call:
        return Call(given_numbers, numbers=self.numbers)


def given_numbers(key: Array, shape: Shape, *, numbers: Numbers) -> Array:
    return jnp.array(numbers, jnp.float32).reshape(shape)
