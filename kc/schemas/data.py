"""The section ``data``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    ValidationError,
    WrapSerializer,
    field_serializer,
    model_validator,
)

from kc.core.registry import SpecModel
from kc.library.fields import Name
from kc.library.source import Source, SourceField
from kc.schemas.model import Items
from kc.schemas.split import Column, Split, is_set, not_both

ALL = ""
"""Key that stands for all outputs."""
_OWN = ("validation", "test")
"""Parts that may have a source of their own."""


def _by_output(value: object) -> object:
    return value if isinstance(value, Mapping) else {ALL: value}  # pyright: ignore[reportUnknownVariableType]


def _unwrap(value: object, handler: SerializerFunctionWrapHandler) -> object:
    plain = handler(value)
    return plain[ALL] if set(plain) == {ALL} else plain


WeightColumns = Annotated[
    dict[str, Column],
    BeforeValidator(
        _by_output,
        json_schema_input_type=Column | Annotated[dict[str, Column], Field(min_length=1)],
    ),
    Field(min_length=1),
    WrapSerializer(_unwrap),
]


def _own_part(part: str) -> JsonValue:
    """What the JSON Schema refuses beside a source of a part's own."""
    own: JsonValue = {"required": [part], "properties": {part: {"type": ["string", "object"]}}}
    keys: list[JsonValue] = [is_set(part), *(is_set(key) for key in _decides(part))]
    split: JsonValue = {"type": "object", "anyOf": keys}
    return not_both(own, {"required": ["split"], "properties": {"split": split}})


def _decides(part: str) -> tuple[str, ...]:
    """Keys of a split that say what a part is."""
    return ("column", "folds") if part == "validation" else ("column",)


class Data(SpecModel):
    """Examples and what is done to them first."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_own_part(part) for part in _OWN]})

    source: SourceField
    """Where they come from."""
    validation: SourceField | None = None
    """Where examples that measure each epoch come from, if not from `source`. What it leaves out is
    as there."""
    test: SourceField | None = None
    """Where examples that measure the finished model come from, in the same way."""
    split: Split = Split.default()
    """How they are divided."""
    weight: WeightColumns | None = None
    """A column with numbers that say how much each example counts; several by output in a map."""
    stream: bool | None = None
    """Whether examples are read from their files while training runs; by default where all of them
    would take more than half of the memory."""
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes that read the examples of a stream, with the extra `grain`; without, threads do."""
    preprocess: dict[Name, Items] = {}
    """Layers that each input passes first, by input; they are part of the compiled model."""

    @model_validator(mode="after")
    def _one_origin(self) -> Data:
        for part in _OWN:
            if getattr(self, part) is None:
                continue
            if getattr(self.split, part):
                raise ValueError(
                    f"`{part}` has a source of its own, so it takes no part of `source`: remove "
                    f"`split.{part}`"
                )
            for key in _decides(part):
                if getattr(self.split, key) is not None:
                    raise ValueError(
                        f"`split.{key}` says what is for {part}, and `{part}` has a source of its "
                        "own: remove one of them"
                    )
        return self

    @model_validator(mode="after")
    def _goes_together(self) -> Data:
        try:
            _ = self.sources
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(f"with what `source` says, {reason}") from None
        return self

    @field_serializer("validation", "test")
    def _as_written(self, source: Source | None) -> object:
        # A default that was written wins over what `source` says, so it has to stay.
        if source is None:
            return None
        arguments = source.model_dump(exclude_unset=True)
        return {source.kind: arguments} if arguments else source.kind

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources by their keys; those of a part's own have what they leave out."""
        own = {"validation": self.validation, "test": self.test}
        completed = {p: self._completed(found) for p, found in own.items() if found is not None}
        found = {"source": self.source, **completed}
        return {key: source.set_aside(self.columns) for key, source in found.items()}

    def _completed(self, own: Source) -> Source:
        if type(own) is not type(self.source):
            return own
        given, missing = dict(own), dict(self.source)
        fields = {n: given[n] if n in own.model_fields_set else missing[n] for n in missing}
        return type(own)(**fields).at(own.span)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that divide or weigh examples."""
        return tuple(dict.fromkeys([*self.split.columns.values(), *(self.weight or {}).values()]))

    @property
    def validates(self) -> bool:
        """Whether some examples are for validation."""
        return self.validation is not None or self.split.validates
