"""Types of fields in words, from their JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo

from kc.core.reference import FAMILY
from kc.library.fields import LARGEST

_SIMPLE = {"string": "text", "boolean": "true or false", "null": "null"}
_HUGE = {LARGEST, 2**32 - 1}
"""Bounds that only keep numbers in their type."""
_BOUNDS = {
    "exclusiveMinimum": "above",
    "minimum": "from",
    "exclusiveMaximum": "below",
    "maximum": "up to",
}
_ARTICLE = re.compile(r"^an? ")


def type_words(schema: Mapping[str, Any]) -> str:
    """``a whole number above 0``, ``one of `valid`, `same` ``, ``a list of metrics``."""
    match schema:
        case {"anyOf": choices}:
            return " or ".join(dict.fromkeys(type_words(choice) for choice in choices))
        case {"enum": words}:
            return f"one of {', '.join(f'`{word}`' for word in words)}"
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"type": "integer" | "number" | "array" | "object"}:
            return _compound(schema)
        case {"type": str(kind)}:
            return _SIMPLE[kind]
        case _ if FAMILY in schema:
            family = "layer" if schema[FAMILY] == "item" else schema[FAMILY]
            return f"an {family}" if family[0] in "aeiou" else f"a {family}"
        case _:
            return "a map" if "$ref" in schema else "anything"


def default_words(field: FieldInfo, schema: Mapping[str, Any]) -> str:
    """``, required`` or ``, default 1``."""
    if field.is_required():
        return ", required"
    if "default" in schema:
        value = schema["default"]
        plain = isinstance(value, str) and value.strip() == value != ""
        return f", default {value if plain else json.dumps(value)}"
    return ", optional"


def _compound(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"type": "integer"}:
            return f"a whole number{_bounds(schema)}"
        case {"type": "number"}:
            return f"a number{_bounds(schema)}"
        case {"type": "array", "prefixItems": items}:
            words = type_words(items[0])
            return f"a list of {len(items)} {_bare(words) if len(items) == 1 else _plural(words)}"
        case {"type": "array", "items": items}:
            return f"a list of {_plural(type_words(items))}"
        case {"patternProperties": values}:
            return f"a map from name to {_bare(type_words(next(iter(values.values()))))}"
        case {"additionalProperties": {**value}}:
            return f"a map from name to {_bare(type_words(value))}"
        case _:
            return f"a {'list' if schema['type'] == 'array' else 'map'}"


def _bounds(schema: Mapping[str, Any]) -> str:
    said = [
        f" {word} {schema[key]:g}"
        for key, word in _BOUNDS.items()
        if key in schema and schema[key] not in _HUGE
    ]
    return "".join(said)


def _bare(words: str) -> str:
    return _ARTICLE.sub("", words)


def _plural(words: str) -> str:
    """``a whole number above 0`` -> ``whole numbers above 0``."""
    found = re.match(r"^an? ((?:whole )?\w+)(.*)$", words)
    if found is None:
        return words
    noun, rest = found.groups()
    return f"{noun}{'es' if noun.endswith('s') else 's'}{rest}"
