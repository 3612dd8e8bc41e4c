"""Shapes as files write them: a number for each axis, a name, or null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic_core import PydanticCustomError, core_schema

from kc.core.dimension import Dimension
from kc.core.types import Shape as SizedShape
from kc.library.fields import NAME, Name, PositiveInt

BATCH = "batch"
"""What types call the axis of examples."""


class LengthField:
    """Annotation of a field that takes the size of an axis, known or not."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            _read,
            handler.generate_schema(PositiveInt),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        found = TypeAdapter(PositiveInt | Name | None).json_schema()
        number, name, null = found["anyOf"]
        return {"anyOf": [number, {**name, "not": {"const": BATCH}}, null]}


def _read(value: object, read_number: Callable[[object], int]) -> int | str | None:
    """Whatever is neither a name nor null has to be a number, which arithmetic is, too."""
    if value is None:
        return None
    if not isinstance(value, str) or not NAME.fullmatch(value):
        return read_number(value)
    if value == BATCH:
        raise PydanticCustomError("reserved", "`batch` is the axis of examples, which is left out")
    return str(value)


Length = Annotated[int | str | None, LengthField()]
"""The size of an axis: a number, a name for one that the data tell, or null for one of no name."""
Shape = tuple[Length, ...]


def sizes_of(shapes: Mapping[str, Shape]) -> Mapping[str, SizedShape]:
    """The shapes of inputs with their names as sizes; an axis of null is called ``INPUT_AXIS``."""
    taken = {length for shape in shapes.values() for length in shape}
    found: dict[str, SizedShape] = {}
    for name, shape in shapes.items():
        sizes = [
            length if isinstance(length, int) else Dimension.named(length or _fresh(name, i, taken))
            for i, length in enumerate(shape, 1)
        ]
        found[name] = tuple(sizes)
    return found


def _fresh(name: str, axis: int, taken: set[int | str | None]) -> str:
    called = f"{name}_{axis}"
    while called in taken:
        called += "_"
    taken.add(called)
    return called
