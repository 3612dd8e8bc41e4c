"""``repeat`` and ``for``: how often an item stands, and what its names mean each time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kc.compiler.compose.scope import Name, Value
from kc.compiler.compose.variables import Resolver
from kc.compiler.source import limits
from kc.core import codes
from kc.core.span import Span
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Columns = Mapping[str, Sequence[Name]]
"""The values of each name, one for each repetition."""


def rounds(item: MapNode, resolver: Resolver) -> Sequence[Mapping[str, Name]] | None:
    """The names that each repetition of an item sees; None where the item says it wrongly."""
    number, lists = item.get("repeat"), item.get("for")
    if number is not None and lists is not None:
        _refuse(resolver, "`repeat` and `for` stand beside one item", lists.span,
                "keep one; the other may stand beside a block around it")  # fmt: skip
        return None
    columns = _columns(lists, resolver) if lists is not None else {}
    if columns is None:
        return None
    times = _times(number, resolver) if number is not None else len(next(iter(columns.values())))
    if times is None:
        return None
    if resolver.placed + 2 * times > limits.NODES:
        # Refused before anything is made: a repetition is a map with a value, at least.
        resolver.too_many(resolver.at((number or item).span))
        return None
    return [
        {"i": _number(n, item.span), **{name: column[n] for name, column in columns.items()}}
        for n in range(times)
    ]


def _number(n: int, span: Span) -> Name:
    node = ScalarNode(n, span)
    return Name("number of the repetition", node, Value(node))


def _times(written: Tree, resolver: Resolver) -> int | None:
    value = resolver.number(written)
    times = value.node.value if isinstance(value.node, ScalarNode) else None
    if value.failed:
        return None
    if isinstance(times, bool) or not isinstance(times, int) or times < 0:
        shown = f"`{times}`" if isinstance(times, int | float) else "this"
        _refuse(resolver, f"`repeat` cannot be {shown}", resolver.at(written.span),
                "write a whole number from 0, or the `$name` of one")  # fmt: skip
        return None
    return times


def _columns(written: Tree, resolver: Resolver) -> Columns | None:
    value = resolver.resolve(written)
    if value.failed:
        return None
    columns: dict[str, Sequence[Name]] = {}
    for key, node in value.node.entries if isinstance(value.node, MapNode) else ():
        if not isinstance(node, ListNode) or not _NAME.fullmatch(key.text):
            columns = {}
            break
        what = f"`{key.text}` of `for`"
        columns[key.text] = [Name(what, item, Value(item)) for item in node.items]
    if not columns:
        _refuse(resolver, "`for` cannot be this", value.node.span,
                "write names and lists: `for: {rate: [1, 2, 4]}`")  # fmt: skip
        return None
    if len({len(column) for column in columns.values()}) > 1:
        shown = ", ".join(f"`{name}` has {len(column)}" for name, column in columns.items())
        _refuse(resolver, f"the lists of `for` differ in length: {shown}", value.node.span,
                "give each name a value for each repetition")  # fmt: skip
        return None
    return columns


def _refuse(resolver: Resolver, message: str, at: Span, help: str) -> None:
    resolver.report.add(codes.REPETITION, message, at=at, help=help)
