"""Spec text as a tree in which every value knows its place.

``compiler/source`` makes trees, ``compiler/compose`` rewrites them, ``schemas`` validates them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kc.core.span import Span

Plain = None | bool | int | float | str
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """One step on the way of a value to its place, with the steps before it."""

    text: str
    """``variable `width` ``, ``profile `smoke`, in place of `10` ``."""
    span: Span
    """Where that is written."""
    before: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value. ``quoted`` tells ``"1"`` from ``1``."""

    value: Plain
    span: Span
    quoted: bool = False
    origin: Origin | None = field(default=None, compare=False, repr=False)
    """How it came here; None for a value that stands where it is used."""


@dataclass(frozen=True, slots=True)
class ListNode:
    items: tuple[Tree, ...]
    span: Span
    origin: Origin | None = field(default=None, compare=False, repr=False)
    left_out: tuple[tuple[str, Span], ...] = field(default=(), compare=False, repr=False)
    """Names of items that ``when`` left out, and the place of the condition."""


@dataclass(frozen=True, slots=True)
class Key:
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class MapNode:
    entries: tuple[tuple[Key, Tree], ...]
    span: Span
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def get(self, name: str) -> Tree | None:
        return next((value for key, value in self.entries if key.text == name), None)

    def key(self, name: str) -> Key | None:
        return next((key for key, _ in self.entries if key.text == name), None)

    def with_entry(self, key: Key, value: Tree) -> MapNode:
        """The same map with this entry replaced in its place, or added at the end."""
        if self.get(key.text) is None:
            return self.with_entries((*self.entries, (key, value)))
        return self.with_entries((k, value if k.text == key.text else v) for k, v in self.entries)

    def with_entries(self, entries: Iterable[tuple[Key, Tree]]) -> MapNode:
        """A map of these entries at the same place."""
        return replace(self, entries=tuple(entries))

    def without(self, *names: str) -> MapNode:
        return self.with_entries((k, v) for k, v in self.entries if k.text not in names)


Tree = ScalarNode | ListNode | MapNode


class WrittenMap(dict[str, object]):
    """A plain dict that remembers where it was written."""

    def __init__(self, node: MapNode) -> None:
        super().__init__((key.text, plain(value)) for key, value in node.entries)
        self.span = node.span
        self.key_spans = {key.text: key.span for key, _ in node.entries}


class WrittenText(str):
    """A plain string that remembers where it was written."""

    span: Span


def plain(node: Tree) -> object:
    """The tree as dicts, tuples and scalars; maps and strings keep their place."""
    match node:
        case MapNode():
            return WrittenMap(node)
        case ListNode(items=items):
            return tuple(plain(item) for item in items)
        case ScalarNode(value=str(value)):
            text = WrittenText(value)
            text.span = node.span
            return text
        case ScalarNode(value=value):
            return value


def values_by_key(node: Tree) -> Iterator[tuple[Span, Tree]]:
    """The place of each key at or below a node, and its value."""
    match node:
        case MapNode(entries=entries):
            yield from ((key.span.written, value) for key, value in entries)
            children: Sequence[Tree] = [value for _, value in entries]
        case ListNode(items=items):
            children = items
        case ScalarNode():
            return
    for child in children:
        yield from values_by_key(child)


def descend(node: Tree, path: Sequence[str | int]) -> Iterator[tuple[str | int, Tree]]:
    """The nodes along a path, as far as it exists.

    Parts that the tree does not have are passed over: validation speaks of arguments that the
    author left implicit (``dense: 10`` is ``dense.units``).
    """
    for part in path:
        match node:
            case MapNode() if isinstance(part, str):
                child = node.get(part)
            case ListNode(items=items) if isinstance(part, int) and 0 <= part < len(items):
                child = items[part]
            case _:
                child = None
        if child is not None:
            node = child
            yield part, node


def value_span(tree: Tree, path: Sequence[str | int]) -> Span:
    """Place of the deepest value that the path reaches."""
    span = tree.span
    for _, node in descend(tree, path):
        span = node.span
    return span


def key_span(tree: Tree, path: Sequence[str | int]) -> Span:
    """Place of the deepest key that the path reaches, or of the value where there is none."""
    span, node = tree.span, tree
    for part, child in descend(tree, path):
        key = node.key(part) if isinstance(node, MapNode) and isinstance(part, str) else None
        span, node = (key.span if key else child.span), child
    return span


def word_span(tree: Tree, path: Sequence[str | int], word: str) -> Span | None:
    """Place of the first value at or below the end of a path that is this word."""
    node = tree
    for _, child in descend(tree, path):
        node = child
    match node:
        case ScalarNode(value=value, span=span):
            return span if value == word else None
        case MapNode(entries=entries):
            children: Sequence[Tree] = [value for _, value in entries]
        case ListNode(items=items):
            children = items
    return next((span for c in children if (span := word_span(c, (), word)) is not None), None)


def left_out(tree: Tree) -> Mapping[str, Span]:
    """Names of items that a condition leaves out, and the places of the conditions."""
    match tree:
        case MapNode(entries=entries):
            found = [left_out(value) for _, value in entries]
        case ListNode(items=items):
            found = [dict(tree.left_out), *(left_out(item) for item in items)]
        case ScalarNode():
            return {}
    return {name: span for names in found for name, span in names.items()}
