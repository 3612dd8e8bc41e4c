"""Pydantic's findings as diagnostics: a code, a place and a way out for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from kc.core import codes
from kc.core.diagnostic import Code, Report
from kc.core.registry import entries
from kc.core.text import count, did_you_mean, nearest
from kc.core.tree import Tree, descend, key_span, value_span
from kc.schemas.spec import Spec

_TYPES = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "finite_number": "a finite number",
    "none_required": "null",
    "mapping_type": "a map",
}
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}


def describe(found: Sequence[Any], tree: Tree, report: Report) -> None:
    """Add one diagnostic for each finding; those of the same place and kind count once."""
    seen: set[tuple[object, ...]] = set()
    for error in found:
        if _is_redundant(error, found):
            continue
        key = (error["type"] in _TYPES, _written_path(tree, error["loc"]), error["type"])
        if key not in seen:
            seen.add(key)
            _describe(error, tree, report)


def _is_redundant(error: Any, found: Sequence[Any]) -> bool:
    """A list reports its length when its items failed, and a union each branch it tried: what lies
    deeper says more.
    """  # noqa: D205
    location = error["loc"]
    if error["type"] in {"too_short", "too_long"}:
        return any(o["loc"][: len(location)] == location and o is not error for o in found)
    return error["type"] in _TYPES and any(
        other is not error
        and len(other["loc"]) > len(location)
        and other["loc"][: len(location) - 1] == location[:-1]
        and other["type"] not in _TYPES
        and isinstance(location[-1], str)
        and location[-1] in {"int", "float", "str", "bool"}
        for other in found
    )


def _written_path(tree: Tree, location: Sequence[str | int]) -> tuple[str | int, ...]:
    return tuple(part for part, _ in descend(tree, location))


def _describe(error: Any, tree: Tree, report: Report) -> None:
    kind, location = error["type"], error["loc"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    field = _last_name(location)
    at_key = kind in _AT_KEY and not (kind == "unknown_entry" and isinstance(error["input"], str))
    value = key_span(tree, location) if at_key else value_span(tree, location)
    code, message, label, help = _words(kind, field, location, context, error)
    report.add(code, message, at=value, label=label, help=help)


_AT_KEY = {
    "missing", "extra_forbidden", "unknown_entry", "two_entries", "unknown_item_key",
    "value_error", "no_arguments",
}  # fmt: skip
"""Findings that are about a key and not about its value."""


def _words(
    kind: str, field: str, location: Sequence[Any], context: Mapping[str, Any], error: Any
) -> tuple[Code, str, str, str | None]:
    """Code, message, label and help of a finding."""
    value = _shown(error["input"])
    match kind:
        case "extra_forbidden":
            known = _siblings(location)
            return codes.UNKNOWN_KEY, f"unknown key `{field}`", "", did_you_mean(field, known)
        case "unknown_item_key":
            help = did_you_mean(field, context["known"])
            if (
                nearest(field, context["known"]) is None
                and nearest(field, entries("layer")) is None
            ):
                help = f"beside the layer may stand {help.removeprefix('one of ')}"
            return codes.UNKNOWN_KEY, f"unknown key `{field}`", "", help
        case "missing":
            owner = _owner(location)
            return (
                codes.MISSING_KEY,
                f"{owner} needs `{field}`",
                f"`{field}` is missing here",
                f"add `{field}:`",
            )
        case "unknown_entry":
            family, name = context["family"], context["kind"]
            known = set(entries(family)) | (
                set(entries("activation")) if family == "layer" else set[str]()
            )
            match = nearest(name, known)
            help = (
                f"did you mean `{match}`?"
                if match
                else f"`kc explain {family}` lists what there is"
            )
            return codes.UNKNOWN_ENTRY, f"there is no {family} `{name}`", "", help
        case "two_entries":
            return (
                codes.TWO_ENTRIES,
                error["msg"],
                "a second one",
                "make it an item of its own in the list",
            )
        case "no_entry":
            return codes.NO_ENTRY, error["msg"], "", "add a layer: `dense: 10`"
        case "not_an_entry":
            return codes.WRONG_TYPE, error["msg"], f"found {value}", None
        case "no_arguments":
            return codes.WRONG_TYPE, error["msg"], "", "write the word alone"
        case "value_error":
            return codes.CONFLICT, error["msg"].removeprefix("Value error, "), "", None
        case "literal_error" if field == "kc":
            return (
                codes.VERSION,
                f"this kc reads version 1 of the language, not {value}",
                "",
                "write `kc: 1`",
            )
        case "literal_error":
            expected = str(context["expected"]).replace("'", "`")
            word = error["input"]
            choices = expected.replace(" or ", ", ").replace("`", "").split(", ")
            match = nearest(word, choices) if isinstance(word, str) else None
            help = f"did you mean `{match}`?" if match else None
            return codes.NOT_ALLOWED, f"`{field}` cannot be {value}", f"expected {expected}", help
        case "string_pattern_mismatch":
            return (
                codes.NAME_FORM,
                f"{value} is no name",
                "",
                "use letters, digits and `_`, and begin with a letter",
            )
        case _ if kind in _BOUNDS:
            bound, words = _BOUNDS[kind]
            limit = context[bound]
            return (
                codes.NOT_ALLOWED,
                f"`{field}` cannot be {value}",
                f"expected a number {words} {limit}",
                None,
            )
        case "too_short" | "too_long":
            side = "least" if kind == "too_short" else "most"
            bound = context["min_length" if kind == "too_short" else "max_length"]
            return (
                codes.NOT_ALLOWED,
                f"`{field}` has {count(context['actual_length'], 'item')}",
                f"expected at {side} {bound}",
                None,
            )
        case _ if kind in _TYPES:
            return (
                codes.WRONG_TYPE,
                f"`{field}` cannot be {value}",
                f"expected {_TYPES[kind]}",
                _type_help(kind, error["input"]),
            )
        case _:
            return codes.WRONG_TYPE, f"`{field}`: {error['msg']}", "", None


def _type_help(kind: str, value: object) -> str | None:
    if kind in {"int_type", "float_type"} and isinstance(value, str):
        return "write a number, or arithmetic over numbers and `$names`"
    if kind == "bool_type" and isinstance(value, str) and value in {"yes", "no", "on", "off"}:
        return f"in YAML 1.2 `{value}` is a word; write true or false"
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"write `{value:.0f}`"
    return None


def _last_name(location: Sequence[Any]) -> str:
    names = [part for part in location if isinstance(part, str) and part not in _BRANCHES]
    return names[-1] if names else "spec"


_BRANCHES = {"", "int", "float", "str", "bool", "tuple", "dict", "constrained-int"}
"""Parts of a location that name a branch of a union, not a key."""


def _owner(location: Sequence[Any]) -> str:
    names = [part for part in location[:-1] if isinstance(part, str) and part not in _BRANCHES]
    return f"`{names[-1]}`" if names else "the spec"


def _siblings(location: Sequence[Any]) -> Iterable[str]:
    """Keys that may stand where an unknown one does."""
    model: type[BaseModel] | None = Spec
    for part in location[:-1]:
        model = _child(model, part)
    return (field.alias or name for name, field in model.model_fields.items()) if model else ()


def _child(model: type[BaseModel] | None, part: object) -> type[BaseModel] | None:
    """The model below a key, as far as it can be told; entries are found by their kind."""
    if isinstance(part, str):
        for family in ("layer", "loss", "metric", "optimizer", "callback", "source", "activation",
                       "initializer"):  # fmt: skip
            if part in entries(family) and not (model and part in model.model_fields):
                return entries(family)[part]
    if model is None or not isinstance(part, str) or part not in model.model_fields:
        return model
    return _model_in(model.model_fields[part].annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (model := _model_in(argument)) is not None:
            return model
    return None


def _shown(value: object) -> str:
    """A value as the user would write it, shortened."""
    match value:
        case None:
            return "empty"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            text = value if len(value) <= 40 else f"{value[:37]}..."
            return f"`{text}`" if text else "an empty text"
        case int() | float():
            return f"`{value}`"
        case Mapping():
            return "a map"
        case _:
            return "a list"
