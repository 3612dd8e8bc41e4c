"""Definitions of a JSON Schema that stand once, for all places that have the same."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

_ABOUT = ("description", "default")
"""What an editor shows of a place itself, also where it refers to a definition."""
_SHORT = 60
"""Letters of a part that is not worth a definition: a reference has nearly as many."""


def share(schema: Schema, types: Mapping[str, Schema]) -> Schema:
    """The same schema with its types, and the arguments that entries have in common, defined once.

    Args:
        schema: a whole schema; its entries are definitions called ``FAMILY.KIND``.
        types: types that many arguments have, by name; later ones may hold earlier ones.
    """
    names: dict[str, str] = {}
    definitions: Schema = {}
    for name, made in types.items():
        definitions[name] = _with_types(made, names)
        names.setdefault(_text(definitions[name]), name)
    definitions = {name: definitions[name] for name in names.values()}
    typed = _with_types(schema, names)
    entries = [part for name, part in typed["$defs"].items() if "." in name]
    arguments = _common_arguments(entries)
    for properties in map(_arguments, entries):
        for name, part in properties.items():
            if arguments.get(name) == part:
                properties[name] = _reference(f"argument.{name}")
    common = {f"argument.{name}": arguments[name] for name in sorted(arguments)}
    return {**typed, "$defs": {**typed["$defs"], **definitions, **common}}


def _with_types(part: Any, names: Mapping[str, str]) -> Any:
    """A part with the types of these texts as references; innermost ones first."""
    if isinstance(part, list):
        return [_with_types(item, names) for item in part]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(part, dict):
        return part
    made: Schema = {key: _with_types(value, names) for key, value in part.items()}  # pyright: ignore[reportUnknownVariableType]
    bare = {key: value for key, value in made.items() if key not in _ABOUT}
    if name := names.get(_text(bare)):
        return {**{key: made[key] for key in _ABOUT if key in made}, **_reference(name)}
    return made


def _common_arguments(entries: Iterable[Schema]) -> Schema:
    """Of each argument the form that most entries have, if several have it."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for properties in map(_arguments, entries):
        for name, part in properties.items():
            forms[name][_text(part)] += 1
    most = {name: found.most_common(1)[0] for name, found in forms.items()}
    return {
        name: json.loads(text)
        for name, (text, count) in most.items()
        if count > 1 and len(text) > _SHORT
    }


def _arguments(entry: Schema) -> Schema:
    return entry["anyOf"][0]["properties"]


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _text(part: Schema) -> str:
    return json.dumps(part, sort_keys=True)
