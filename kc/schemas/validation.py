"""A resolved tree to a spec, with every mistake at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import ValidationError

from kc.core import codes
from kc.core.diagnostic import MAX_ERRORS, Report
from kc.core.expression import ExpressionError, evaluate, looks_like_expression
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree, WrittenMap, plain, value_span
from kc.schemas.messages import describe
from kc.schemas.spec import Spec

_NUMERIC = {"int_type": "whole number", "float_type": "number", "int_from_float": "whole number"}


def validate(tree: Tree, report: Report, not_run: Sequence[str] = ()) -> Spec | None:
    """The spec that a tree describes, or None with the reasons in the report.

    ``not_run`` are plugins that may define what it names.
    """
    if not isinstance(tree, MapNode):
        report.add(
            codes.WRONG_TYPE,
            "a spec is a map",
            at=tree.span,
            label=f"this is {_kind(tree)}",
            help="begin with `kc: 1` and `model:`",
        )
        return None
    data = plain(tree)
    try:
        return Spec.model_validate(data).written_in(tree)
    except ValidationError as error:
        found = error.errors(include_url=False)
    if not _evaluate_expressions(data, found, tree, report):
        describe(found[:MAX_ERRORS], tree, report, not_run)
        return None
    try:
        return Spec.model_validate(_frozen(data)).written_in(tree)
    except ValidationError as error:
        describe(error.errors(include_url=False)[:MAX_ERRORS], tree, report, not_run)
        return None


def _frozen(data: object) -> object:
    """The data with tuples for lists again."""
    if isinstance(data, WrittenMap):
        data.update({key: _frozen(value) for key, value in data.items()})
        return data
    if isinstance(data, list | tuple):
        return tuple(_frozen(item) for item in cast("list[object]", data))
    return data


def _evaluate_expressions(data: object, found: list[Any], tree: Tree, report: Report) -> bool:
    """Put values in place of text that stands where a number belongs.

    Pydantic says where that is: it has refused the text there. Tells whether there was any.
    """
    changed = False
    for error in found:
        text = error["input"]
        if error["type"] not in _NUMERIC or not isinstance(text, str):
            continue
        if not looks_like_expression(text):
            continue
        try:
            value = evaluate(text, {})
            if error["type"] == "int_type" and isinstance(value, float):
                raise ExpressionError(
                    "fraction", f"`{text}` is {value:g}, and a whole number is needed here"
                )
        except ExpressionError as problem:
            report.add(
                problem.code,
                problem.message,
                at=value_span(tree, error["loc"]),
                help="`//` divides and rounds down" if problem.kind == "fraction" else None,
            )
            value = 1
        changed |= _put(data, error["loc"], value)
    return changed


def _put(data: object, path: tuple[str | int, ...], value: object) -> bool:
    """Replace the scalar that a path reaches, passing over parts that the data leave implicit."""
    place: tuple[Any, Any] | None = None
    for part in path:
        if isinstance(data, Mapping) and part in data:
            place = (data, part)
            data = cast("Mapping[Any, object]", data)[part]
        elif isinstance(data, tuple) and isinstance(part, int) and part < len(data):  # pyright: ignore[reportUnknownArgumentType]
            # Tuples cannot change in place: the list takes its place in its parent.
            items = list(cast("tuple[object, ...]", data))
            if place is not None:
                place[0][place[1]] = items
            place = (items, part)
            data = items[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):  # pyright: ignore[reportUnknownArgumentType]
            place = (data, part)
            data = cast("list[object]", data)[part]
    if place is None or not isinstance(data, str):
        return False
    place[0][place[1]] = value
    return True


def _kind(tree: Tree) -> str:
    match tree:
        case ListNode():
            return "a list"
        case ScalarNode(value=None):
            return "empty"
        case ScalarNode():
            return "a single value"
        case MapNode():
            return "a map"
