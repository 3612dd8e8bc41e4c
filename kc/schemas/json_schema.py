"""JSON Schema of specs, from the classes that validate them.

Editors complete and check by it. It knows the short forms: an entry as a word, its main argument
alone, and ``$names`` and arithmetic in place of values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from kc.core.expression import MAX_CHARACTERS
from kc.core.reference import FAMILY, EntryOf, write_entry
from kc.core.registry import Entry, SpecModel, entries, families, field_docs
from kc.library import fields
from kc.library.layer import RESERVED, Item
from kc.schemas.docs import doc_of
from kc.schemas.sharing import share
from kc.schemas.spec import Spec

Schema = dict[str, Any]

_EXPRESSION: Schema = {
    "description": "Arithmetic over numbers and `$names`: + - * / // % **, min, max.",
    "type": "string",
    "maxLength": MAX_CHARACTERS,
    # Every text can be read in one way only: a pattern that backtracks would stall an editor.
    "pattern": r"^(?= *[^ ])(?:[-+*/%(),. 0-9]|[0-9.][eE](?=[-+0-9])|(?:min|max)(?![A-Za-z0-9_])"
    r"|\$[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_]))+$",
}
_REFERENCE: Schema = {
    "description": "A value of `vars`.",
    "type": "string",
    "pattern": r"^\s*\$[A-Za-z_][A-Za-z0-9_]*\s*$",
}
_NUMERIC = {"integer", "number"}


def schema_text() -> str:
    """The schema as it stands in ``schemas/kc.schema.json``: a line for each definition."""
    schema = json_schema()
    definitions = _lines(schema.pop("$defs"), "  ")
    return f'{{\n{_lines(schema, " ")},\n "$defs": {{\n{definitions}\n }}\n}}\n'


def _lines(parts: Schema, indent: str) -> str:
    return ",\n".join(f"{indent}{_compact(key)}: {_compact(part)}" for key, part in parts.items())


def _compact(part: Any) -> str:
    return json.dumps(part, separators=(",", ":"), ensure_ascii=False)


def json_schema() -> Schema:
    """The schema of a whole spec, draft 2020-12."""
    return share(_whole(), _types())


def _types() -> Schema:
    """The types of arguments that many entries share, as a file may write them."""
    return {
        name: _written(TypeAdapter(alias).json_schema())
        for name, alias in vars(fields).items()
        if get_origin(alias) in {Annotated, Literal, tuple} and not name.startswith("_")
    }


def _whole() -> Schema:
    spec = _structure(_generate(Spec))
    taken = sorted({*entries("layer"), *RESERVED})
    spec["properties"]["blocks"]["propertyNames"] = {"not": {"enum": taken}}
    definitions: Schema = {"expression": _EXPRESSION, "reference": _REFERENCE, **_items()}
    for family in sorted(families()):
        definitions[family] = _family(family)
        for kind, cls in sorted(entries(family).items()):
            arguments = _arguments(cls)
            definitions |= arguments.pop("$defs", {})
            definitions[f"{family}.{kind}"] = arguments
    definitions |= spec.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kc spec",
        "description": spec.pop("description"),
        "if": {"required": ["extends"]},
        "then": _partial(spec),
        "else": {**spec, "if": {"required": ["blocks"]}, "else": _without_blocks()},
        "$defs": definitions,
    }


def _partial(spec: Schema) -> Schema:
    """A file that is laid over others: its sections may lack anything, and maps patch lists."""
    written = spec["properties"].items()
    properties = {name: {"description": part.get("description", "")} for name, part in written}
    properties["extends"] = spec["properties"]["extends"]
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _without_blocks() -> Schema:
    """Where no blocks are defined, an item names a layer of the library."""
    layers = {"items": {"$ref": "#/$defs/layer_item"}}
    by_name = {"additionalProperties": layers}
    model = {"properties": {"layers": layers, "shared": by_name}}
    data = {"properties": {"preprocess": by_name}}
    return {"properties": {"model": model, "data": data}}


def field_schemas(cls: type[BaseModel]) -> Mapping[str, Schema]:
    """The schema of each field of a class, without the short forms."""
    return cast("Mapping[str, Schema]", _generate(cls)["properties"])


def section_of(path: str) -> type[BaseModel] | None:
    """The class behind a dotted path such as ``data.split``; the whole spec behind the empty."""
    cls: type[BaseModel] | None = Spec
    for name in filter(None, path.split(".")):
        field = cls.model_fields.get(name) if cls else None
        cls = _section_in(field.annotation) if field else None
    return cls


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The class that a field holds itself, alone or beside None, but not in a list or map."""
    alone = get_origin(annotation) not in {Union, UnionType}
    candidates = [annotation] if alone else get_args(annotation)
    return next(
        (c for c in candidates
         if isinstance(c, type) and issubclass(c, BaseModel) and not issubclass(c, Entry)), None,
    )  # fmt: skip


class _Generator(GenerateJsonSchema):
    """Pydantic's generator with kc's documentation and defaults."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        cls = cast("type[BaseModel]", schema["cls"])
        made.pop("title", None)
        made["description"] = doc_of(cls).text
        docs = field_docs(cls)
        for name, field in cls.model_fields.items():
            described = {"description": docs[name].replace("``", "`")} if name in docs else {}
            described |= _default(field.default) if not field.is_required() else {}
            key = field.alias or name
            made["properties"][key] = {**made["properties"][key], **described}
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> Schema:
        made = super().tagged_union_schema(schema)
        return {"anyOf": made.pop("oneOf"), **made}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])


def _default(value: object) -> Schema:
    """The default as a spec would write it; sections explain theirs field by field."""
    if isinstance(value, Entry):
        return {"default": write_entry(value)}
    return {} if value is None or isinstance(value, SpecModel) else {"default": value}


def _generate(cls: type[BaseModel]) -> Schema:
    return cls.model_json_schema(schema_generator=_Generator)


def _written(schema: Schema) -> Schema:
    """A value as a file may write it: also as a `$name`, and a number as arithmetic."""
    about = {key: schema[key] for key in ("description", "default") if key in schema}
    bare = {key: value for key, value in schema.items() if key not in about}
    if "const" in bare or bare.get("additionalProperties") is True or bare == {"type": "string"}:
        return schema
    if FAMILY in bare:
        return {**about, "$ref": f"#/$defs/{bare[FAMILY]}"}
    choices = [_structure(choice) for choice in bare.get("anyOf", [bare])]
    numeric = any(choice.get("type") in _NUMERIC for choice in choices)
    name = "expression" if numeric else "reference"
    return {**about, "anyOf": [*choices, {"$ref": f"#/$defs/{name}"}]}


def _structure(schema: Schema) -> Schema:
    """The schema of a list, a map or a section with its parts as a file may write them."""
    if FAMILY in schema:
        return _written(schema)
    parts: Schema = {}
    for key in ("properties", "patternProperties"):
        if key in schema:
            parts[key] = {name: _written(value) for name, value in schema[key].items()}
    if "patternProperties" in schema:
        parts["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            parts[key] = _written(schema[key])
    if "prefixItems" in schema:
        first, *others = (_written(value) for value in schema["prefixItems"])
        # Editors that know an older draft only read `items`.
        alike = all(other == first for other in others)
        parts |= {"items": first} if alike else {"prefixItems": [first, *others]}
    if "$defs" in schema:
        parts["$defs"] = {name: _structure(value) for name, value in schema["$defs"].items()}
    rest = {key: value for key, value in schema.items() if key != "prefixItems"}
    return {**rest, **parts}


def _arguments(cls: type[Entry]) -> Schema:
    """What may stand behind the key of an entry: its arguments, or its main one alone."""
    arguments = _structure(_generate(cls))
    about = {"description": arguments.pop("description")}
    about |= {"$defs": arguments.pop("$defs")} if "$defs" in arguments else {}
    choices = [arguments]
    if main := cls.main_argument():
        value = {k: v for k, v in arguments["properties"][main].items() if k != "default"}
        if "anyOf" in value and not any(
            isinstance(found, EntryOf) for found in cls.model_fields[main].metadata
        ):
            # A map behind the key holds arguments, unless it is an entry.
            value["anyOf"] = [own for own in value["anyOf"] if own.get("type") != "object"]
        choices.append(value)
    if not arguments.get("required"):
        choices.append({"type": "null"})
    return {**about, "anyOf": choices}


def _words(family: str) -> Iterator[Schema]:
    """Entries that need no arguments, each as a word with its documentation."""
    for kind, cls in sorted(entries(family).items()):
        if not any(field.is_required() for field in cls.model_fields.values()):
            yield {"const": kind, "description": doc_of(cls).summary}


def _keys(family: str) -> Schema:
    return {kind: {"$ref": f"#/$defs/{family}.{kind}"} for kind in sorted(entries(family))}


def _family(family: str) -> Schema:
    """An entry of a family: a word, or a map of one key."""
    entry = {
        "type": "object",
        "properties": _keys(family),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [*_words(family), entry, {"$ref": "#/$defs/reference"}]}


def _items() -> Schema:
    """An item of a list of layers: a word, or a map of one entry key and reserved keys.

    ``item`` also is a use of a block, whose name a schema cannot know; ``layer_item`` is none.
    """
    keys = {**_keys("activation"), **_keys("layer")}
    one_entry = [{"required": [key]} for key in (*keys, "use")]
    both = {"required": ["repeat", "for"]}
    words = {word["const"]: word for word in (*_words("activation"), *_words("layer"))}
    item = {
        "type": "object",
        "properties": {**keys, **_reserved()},
        "additionalProperties": False,
        "oneOf": one_entry,
        "not": both,
    }
    block = {
        "type": "object",
        "properties": _reserved(),
        "additionalProperties": {"description": "A block of `blocks` with its arguments."},
        "not": {"anyOf": [*one_entry, both]},
    }
    word = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}
    needs_arguments = {"not": {"enum": sorted({*keys} - {*words})}}
    return {
        "item": {
            "description": "A layer and how it is connected.",
            "anyOf": [
                *words.values(), item, block, {**word, **needs_arguments},
                {"$ref": "#/$defs/reference"},
            ],
        },
        "layer_item": {
            "anyOf": [
                {"enum": list(words)},
                {"type": "object", "oneOf": one_entry},
                {"$ref": "#/$defs/reference"},
            ]
        },
    }  # fmt: skip


def _reserved() -> Schema:
    """The keys that may stand beside an entry."""
    written = field_schemas(Item)
    name = {"$ref": "#/$defs/reference"}
    types: Schema = {
        **{name: written[name]["anyOf"][0] for name in ("name", "precision")},
        "initial": {"anyOf": written["initial"]["anyOf"][:-1]},
        "from": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "use": {"type": "string"},
        "trainable": {"anyOf": [{"type": "boolean"}, name]},
        "remat": {"anyOf": [{"type": "boolean"}, name]},
        "repeat": {"anyOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/$defs/expression"}]},
        "for": {
            "anyOf": [
                {
                    "type": "object",
                    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                    "additionalProperties": {"anyOf": [{"type": "array"}, name]},
                    "minProperties": 1,
                },
                name,
            ]
        },
        "when": {"anyOf": [{"type": "boolean"}, {"type": "string"}]},
    }
    return {key: {"description": doc, **types.get(key, {})} for key, doc in RESERVED.items()}
