"""Pydantic's findings as diagnostics: a code, a place and a way out for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from kc.core import codes
from kc.core.diagnostic import Code, Report, Severity
from kc.core.fix import Fix, replace_word
from kc.core.registry import entries
from kc.core.span import Span
from kc.core.text import count, did_you_mean, listing, misspelt, nearest
from kc.core.tree import MapNode, Tree, descend, key_span, value_span
from kc.library.refused import REFUSED
from kc.schemas.misplaced import is_misplaced, stands_beside
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


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said about a finding."""

    code: Code
    message: str
    label: str = ""
    help: str | None = None
    spelling: tuple[str, str] | None = None
    """A misspelt word and what was meant, where there is no doubt."""


def describe(found: Sequence[Any], tree: Tree, report: Report, not_run: Sequence[str] = ()) -> None:
    """Add one diagnostic for each finding; those of the same place and kind count once.

    A place with an error already gets no second one: a name that nothing defines is no value of a
    wrong type besides.
    """
    known = {d.span.written for d in report if d.span and d.severity is Severity.ERROR}
    seen: set[tuple[object, ...]] = set()
    for error in found:
        if _is_redundant(error, found) or _is_misspelt(error, found):
            continue
        name = error["loc"][-1] if error["type"] == "missing" else ""
        key = (_written_path(tree, error["loc"]), error["type"], name)
        if key not in seen and value_span(tree, error["loc"]).written not in known:
            seen.add(key)
            words = _words(error)
            if not_run and words.code is codes.UNKNOWN_ENTRY:
                words = replace(words, help=_not_run(not_run, words.help), spelling=None)
            if error["type"] == "extra_forbidden" and (help := _beside(tree, error["loc"])):
                words = replace(words, help=help, spelling=None)
            place = _place(error, tree)
            report.add(
                words.code,
                words.message,
                at=place,
                label=words.label,
                help=words.help,
                fix=_fix(words, place, tree, error["loc"]),
            )


def _fix(words: _Words, place: Span, tree: Tree, location: Sequence[Any]) -> Fix | None:
    """The right spelling, unless the map has that key already."""
    if words.spelling is None:
        return None
    written, meant = words.spelling
    nodes = [tree, *(node for _, node in descend(tree, location[:-1]))]
    if isinstance(nodes[-1], MapNode) and nodes[-1].get(meant) is not None:
        return None
    return replace_word(place, written, meant)


def _is_redundant(error: Any, found: Sequence[Any]) -> bool:
    """Whether a finding deeper in the same value says more.

    A list reports its length when its items failed, and a union each branch that it tried.
    """
    location = error["loc"]
    if error["type"] in {"too_short", "too_long"}:
        return any(o["loc"][: len(location)] == location and o is not error for o in found)
    if error["type"] == "tuple_type" and _is_branch(location[-1]):
        # Where a list or a number may stand and a word does, the number is what was meant.
        beside = [o for o in found if o["loc"][:-1] == location[:-1] and _is_branch(o["loc"][-1])]
        return any(other["type"] != "tuple_type" for other in beside)
    return error["type"] in _TYPES and any(
        other is not error
        and len(other["loc"]) > len(location)
        and other["loc"][: len(location) - 1] == location[:-1]
        and (other["type"] not in _TYPES or _is_branch(other["loc"][len(location) - 1]))
        and isinstance(location[-1], str)
        and location[-1] in {"int", "float", "str", "bool"}
        for other in found
    )


def _is_misspelt(error: Any, found: Sequence[Any]) -> bool:
    """Whether a missing key stands there under another spelling, which is reported itself."""
    *parent, name = error["loc"]
    return error["type"] == "missing" and any(
        other["type"] == "extra_forbidden"
        and list(other["loc"][:-1]) == parent
        and nearest(str(other["loc"][-1]), [str(name)]) is not None
        for other in found
    )


def _written_path(tree: Tree, location: Sequence[str | int]) -> tuple[str | int, ...]:
    return tuple(part for part, _ in descend(tree, location))


def _place(error: Any, tree: Tree) -> Span:
    kind, location = error["type"], error["loc"]
    if kind == "missing" and len(location) == 1:
        # The whole file lacks it: its first character is place enough.
        start = tree.span
        return replace(start, end_line=start.line, end_column=start.column + 1)
    at_key = kind in _AT_KEY and not (kind == "unknown_entry" and isinstance(error["input"], str))
    return key_span(tree, location) if at_key else value_span(tree, location)


_AT_KEY = {
    "missing", "extra_forbidden", "unknown_entry", "two_entries", "unknown_item_key",
    "value_error", "no_arguments",
}  # fmt: skip
"""Findings that are about a key and not about its value."""


def _not_run(plugins: Sequence[str], help: str | None) -> str:
    """A way out for an entry that a plugin may define."""
    otherwise = f"; otherwise, {help}" if help and help.startswith("did you mean") else ""
    return f"plugins were not run; `--allow-plugins` runs {listing(plugins)}{otherwise}"


def _words(error: Any) -> _Words:
    kind = error["type"]
    if kind in _BOUNDS:
        return _out_of_bounds(error)
    if kind in _TYPES:
        return _wrong_type(error)
    return _SPOKEN.get(kind, _other)(error)


def _unknown_key(error: Any) -> _Words:
    field = _last_name(error["loc"])
    known = list(_siblings(error["loc"]))
    help = did_you_mean(field, known)
    spelling = _spelling(field, misspelt(field, known))
    return _Words(codes.UNKNOWN_KEY, f"unknown key `{field}`", help=help, spelling=spelling)


def _beside(tree: Tree, location: Sequence[Any]) -> str | None:
    """A way out for a key of an item that was written inside of the item's layer."""
    *_, position, kind, name = ("", "", *location)
    known = {**entries("layer"), **entries("activation")}
    if not isinstance(position, int) or kind not in known or not is_misplaced(name):
        return None
    *_, item, arguments, _ = (node for _, node in descend(tree, location))
    if not isinstance(item, MapNode) or not isinstance(arguments, MapNode):
        return None
    return stands_beside(name, kind, arguments, item.without(kind).entries)


def _spelling(written: str, meant: str | None) -> tuple[str, str] | None:
    return None if meant is None else (written, meant)


def _unknown_item_key(error: Any) -> _Words:
    field, known = _last_name(error["loc"]), error["ctx"]["known"]
    help = did_you_mean(field, known)
    if nearest(field, [*known, *entries("layer")]) is None:
        help = f"beside the layer may stand {help.removeprefix('one of ')}"
    spelling = _spelling(field, misspelt(field, [*known, *entries("layer")]))
    return _Words(codes.UNKNOWN_KEY, f"unknown key `{field}`", help=help, spelling=spelling)


def _missing(error: Any) -> _Words:
    field, location = _last_name(error["loc"]), error["loc"]
    names = [part for part in location[:-1] if isinstance(part, str) and part not in _BRANCHES]
    owner = f"`{names[-1]}`" if names else "the spec"
    help = "begin with `kc: 1`" if field == "kc" else f"add `{field}: ...`"
    return _Words(codes.MISSING_KEY, f"{owner} needs `{field}`", f"`{field}` is missing here", help)


def _unknown_entry(error: Any) -> _Words:
    family, name = error["ctx"]["family"], error["ctx"]["kind"]
    spelling: tuple[str, str] | None = None
    word, colon, value = name.partition(":")
    if colon and word in entries(family):
        help = f"put a space after the colon: `{word}: {value}`"
    elif reason := REFUSED.get(family, {}).get(name):
        return _Words(codes.UNKNOWN_ENTRY, f"there is no {family} `{name}`", help=reason)
    else:
        known = {**entries(family), **(entries("activation") if family == "layer" else {})}
        alias = next((kind for kind, cls in known.items() if name.lower() in cls.aka), None)
        match = alias or nearest(name, known)
        spelling = _spelling(name, alias or misspelt(name, known))
        help = f"did you mean `{match}`?" if match else f"`kc explain {family}` lists what there is"
    return _Words(
        codes.UNKNOWN_ENTRY, f"there is no {family} `{name}`", help=help, spelling=spelling
    )


def _two_entries(error: Any) -> _Words:
    help = "make it an item of its own in the list"
    return _Words(codes.TWO_ENTRIES, error["msg"], "the second one", help)


def _no_entry(error: Any) -> _Words:
    return _Words(codes.NO_ENTRY, error["msg"], help="add a layer: `dense: 10`")


def _not_an_entry(error: Any) -> _Words:
    return _Words(codes.WRONG_TYPE, error["msg"], f"found {_shown(error['input'])}")


def _no_arguments(error: Any) -> _Words:
    return _Words(codes.WRONG_TYPE, error["msg"], help="write the word alone")


def _conflict(error: Any) -> _Words:
    return _Words(codes.CONFLICT, error["msg"].removeprefix("Value error, "))


def _not_a_choice(error: Any) -> _Words:
    field, value = _last_name(error["loc"]), error["input"]
    if field == "kc":
        message = f"this kc reads version 1 of the language, not {_shown(value)}"
        return _Words(
            codes.VERSION,
            message,
            help="write `kc: 1`" + (", without quotes" if isinstance(value, str) else ""),
        )
    expected = str(error["ctx"]["expected"]).replace("'", "`")
    choices = expected.replace(" or ", ", ").replace("`", "").split(", ")
    match = nearest(value, choices) if isinstance(value, str) else None
    help = f"did you mean `{match}`?" if match else None
    spelling = _spelling(value, misspelt(value, choices)) if isinstance(value, str) else None
    message = f"`{field}` cannot be {_shown(value)}"
    return _Words(codes.NOT_ALLOWED, message, f"expected {expected}", help, spelling)


def _not_a_name(error: Any) -> _Words:
    marks = ", `_`, `-` and `.`" if "." in error["ctx"]["pattern"] else " and `_`"
    help = f"use letters, digits{marks}, and begin with a letter"
    return _Words(codes.NAME_FORM, f"{_shown(error['input'])} is no name", help=help)


def _out_of_bounds(error: Any) -> _Words:
    field = _last_name(error["loc"])
    bound, words = _BOUNDS[error["type"]]
    limit = error["ctx"][bound]
    shown = f"{limit:g}" if isinstance(limit, float) else f"{limit}"
    help = "a shape is that of one example, without the batch" if field == "shape" else None
    message = f"`{field}` cannot be {_shown(error['input'])}"
    return _Words(codes.NOT_ALLOWED, message, f"expected a number {words} {shown}", help)


def _wrong_length(error: Any) -> _Words:
    field, context = _last_name(error["loc"]), error["ctx"]
    least, length = "min_length" in context, context["actual_length"]
    expected = f"at least {context['min_length']}" if least else f"at most {context['max_length']}"
    # Pydantic stops to count some lists that are too long.
    message = f"`{field}` has {count(length, 'item') if length else 'too many items'}"
    message = f"`{field}` is empty" if length == 0 else message
    return _Words(codes.NOT_ALLOWED, message, f"expected {expected}")


def _too_long_text(error: Any) -> _Words:
    field, limit = _last_name(error["loc"]), error["ctx"]["max_length"]
    message = f"`{field}` has {len(error['input']):,} characters"
    return _Words(codes.NOT_ALLOWED, message, f"expected at most {limit}")


def _wrong_type(error: Any) -> _Words:
    field, value = _last_name(error["loc"]), error["input"]
    return _Words(
        codes.WRONG_TYPE,
        f"`{field}` cannot be {_shown(value)}",
        f"expected {_TYPES[error['type']]}",
        _type_help(error["type"], value),
    )


def _other(error: Any) -> _Words:
    return _Words(codes.WRONG_TYPE, f"`{_last_name(error['loc'])}`: {error['msg']}")


_SPOKEN: Mapping[str, Callable[[Any], _Words]] = {
    "extra_forbidden": _unknown_key,
    "unknown_item_key": _unknown_item_key,
    "missing": _missing,
    "unknown_entry": _unknown_entry,
    "two_entries": _two_entries,
    "no_entry": _no_entry,
    "not_an_entry": _not_an_entry,
    "no_arguments": _no_arguments,
    "value_error": _conflict,
    "literal_error": _not_a_choice,
    "string_pattern_mismatch": _not_a_name,
    "too_short": _wrong_length,
    "too_long": _wrong_length,
    "string_too_long": _too_long_text,
}


def _type_help(kind: str, value: object) -> str | None:
    if kind in {"int_type", "float_type"} and isinstance(value, str):
        return "write a number, or arithmetic over numbers and `$names`"
    if kind == "bool_type" and isinstance(value, str) and value in {"yes", "no", "on", "off"}:
        return f"in YAML 1.2 `{value}` is a word; write true or false"
    if kind == "tuple_type" and isinstance(value, str | int | float):
        return f"write a list: `[{value}]`"
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"write `{value:.0f}`"
    return None


def _last_name(location: Sequence[Any]) -> str:
    names = [part for part in location if isinstance(part, str) and not _is_branch(part)]
    return names[-1] if names else "spec"


_BRANCHES = {"", "int", "float", "str", "bool", "tuple", "dict", "constrained-int"}
"""Parts of a location that name a branch of a union, not a key; an item type may follow."""


def _is_branch(part: object) -> bool:
    return isinstance(part, str) and part.partition("[")[0] in _BRANCHES


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
                       "initializer", "mixing", "sampler", "pruner"):  # fmt: skip
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
