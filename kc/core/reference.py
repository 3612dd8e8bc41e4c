"""Fields that hold an entry: a word, a map with one key, or an object made in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from kc.core.expression import looks_like_expression
from kc.core.registry import Entry, find
from kc.core.span import Span
from kc.core.text import article
from kc.core.tree import WrittenMap

Location = tuple[str | int, ...]

FAMILY = "kc:family"
"""Key that stands for an entry of a family; ``schemas/json_schema`` resolves it."""


class EntryOf:
    """Annotation of a field that takes an entry: ``Annotated[Loss, EntryOf("loss")]``."""

    def __init__(self, family: str) -> None:
        self.family = family

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: read_entry(self.family, value),
            serialization=core_schema.plain_serializer_function_ser_schema(write_entry),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {FAMILY: self.family}


class NumberOr(EntryOf):
    """Annotation of a field that takes a number from 0, or an entry of a family."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        number = core_schema.float_schema(ge=0, strict=True, allow_inf_nan=False)

        def read(value: object, handler: core_schema.ValidatorFunctionWrapHandler) -> object:
            named = isinstance(value, str) and not looks_like_expression(value)
            if named or isinstance(value, (Mapping, Entry)):
                return read_entry(self.family, cast("object", value))
            return handler(value)

        return core_schema.no_info_wrap_validator_function(
            read, number, serialization=core_schema.plain_serializer_function_ser_schema(_written)
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "number", "minimum": 0}, {FAMILY: self.family}]}


def _written(value: object) -> object:
    return write_entry(value) if isinstance(value, Entry) else value


def read_entry(family: str, value: object) -> Entry:
    """The entry that a plain value names.

    Raises:
        ValidationError: with locations that begin at the value.
    """
    if isinstance(value, Entry):
        if value.family != family:
            raise refusal("not_an_entry", f"expected {article(family)}")
        return value
    kind, arguments, span = split(family, value)
    cls = find(kind, family)
    if cls is None:
        raise errors(unknown_entry(family, kind, value))
    return build(cls, arguments, span)


def refusal(kind: str, message: str, *context: dict[str, object]) -> PydanticCustomError:
    """An error of Pydantic with a kind and a message of ours."""
    words = cast("tuple[LiteralString, LiteralString]", (kind, message))
    return PydanticCustomError(*words, *context)


def split(family: str, value: object) -> tuple[str, object, Span | None]:
    """Kind, arguments and place of an entry as written."""
    if isinstance(value, str):
        return str(value), {}, getattr(value, "span", None)
    if isinstance(value, Mapping):
        entry = cast("Mapping[str, object]", value)
        if len(entry) == 1:
            kind = next(iter(entry))
            span = entry.key_spans.get(kind) if isinstance(entry, WrittenMap) else None
            return kind, entry[kind], span
        raise refusal(
            "two_entries" if entry else "no_entry",
            f"expected one {family}, found {len(entry)} keys",
        )
    raise refusal("not_an_entry", f"expected {article(family)}: a word, or a map of one key")


def build(cls: type[Entry], arguments: object, span: Span | None) -> Entry:
    """An entry of a class from its arguments as written.

    Raises:
        ValidationError: with locations that begin at the entry's key.
    """
    main = cls.main_argument()
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, Mapping) or _is_main_value(cls, cast("Any", arguments)):
        if main is None:
            raise errors(("no_arguments", (cls.kind,), f"{cls.kind} takes no arguments", arguments))
        arguments = {main: arguments}
    try:
        return cls.model_validate(arguments).at(span)
    except ValidationError as error:
        raise prefixed(error, (cls.kind,)) from None


def _is_main_value(cls: type[Entry], arguments: Mapping[str, object]) -> bool:
    """Whether a map is the value of the main argument, as in ``activation: {elu: 0.5}``."""
    main = cls.main_argument()
    if main is None or len(arguments) != 1 or set(arguments) & set(cls.model_fields):
        return False
    reference = next((m for m in cls.model_fields[main].metadata if isinstance(m, EntryOf)), None)
    return reference is not None and find(next(iter(arguments)), reference.family) is not None


def write_entry(entry: Entry) -> object:
    """The shortest plain form that reads back as the entry."""
    arguments = entry.arguments()
    return {entry.kind: arguments} if arguments else entry.kind


def unknown_entry(
    family: str, kind: str, value: object
) -> tuple[str, Location, str, object, dict[str, object]]:
    location = () if isinstance(value, str) else (kind,)
    context: dict[str, object] = {"family": family, "kind": kind}
    return ("unknown_entry", location, f"there is no {family} `{kind}`", value, context)


def errors(*found: tuple[Any, ...]) -> ValidationError:
    """A validation error from (type, location, message, input[, context])."""
    return ValidationError.from_exception_data(
        "spec",
        [
            InitErrorDetails(type=refusal(kind, message, *context), loc=location, input=value)
            for kind, location, message, value, *context in found
        ],
    )


def prefixed(error: ValidationError, prefix: Location) -> ValidationError:
    """The same error, seen from further out."""
    return errors(
        *(
            (e["type"], (*prefix, *e["loc"]), e["msg"], e["input"], e.get("ctx", {}))
            for e in error.errors(include_url=False)
        )
    )
