"""Items of a list as one speaks of them: by ``name``, or by kind and number as kc names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kc.core.registry import is_kind
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree
from kc.library.layer import RESERVED


def names_of(items: Sequence[Tree]) -> Mapping[str, int]:
    """The position of each item that has a name, or is named after its kind: ``dense_1``."""
    named = {name: i for i, item in reversed([*enumerate(items)]) if (name := name_of(item))}
    positions: dict[str, int] = {}
    counters: dict[str, int] = {}
    for position, item in enumerate(items):
        if name := name_of(item):
            positions.setdefault(name, position)
        elif kind := called(item):
            positions[_numbered(kind, positions, counters)] = position
    return {**positions, **named}


def _numbered(kind: str, taken: Mapping[str, int], counters: dict[str, int]) -> str:
    while True:
        number = counters.get(kind, 0)
        counters[kind] = number + 1
        name = f"{kind}_{number}" if number else kind
        if name not in taken:
            return name


def name_of(item: Tree) -> str | None:
    """What stands behind ``name``."""
    name = item.get("name") if isinstance(item, MapNode) else None
    return name.value if isinstance(name, ScalarNode) and isinstance(name.value, str) else None


def kind_of(item: Tree) -> str | None:
    """The entry that an item names: its word, or its first key that is not reserved."""
    match item:
        case ScalarNode(value=str(word)):
            return word
        case MapNode():
            return next((key.text for key, _ in item.entries if key.text not in RESERVED), None)
        case _:
            return None


def mentioned(node: Tree) -> Iterator[str]:
    """Every text in a tree that may name something."""
    match node:
        case ScalarNode(value=str(text)):
            yield text
        case MapNode(entries=entries):
            for key, value in entries:
                yield key.text
                yield from mentioned(value)
        case ListNode(items=items):
            for item in items:
                yield from mentioned(item)
        case _:
            pass


def called(item: Tree) -> str | None:
    """What an item without a name is called after."""
    use = item.get("use") if isinstance(item, MapNode) else None
    if isinstance(use, ScalarNode) and isinstance(use.value, str):
        return use.value
    kind = kind_of(item)
    if kind is not None and is_kind(kind, "activation") and not is_kind(kind, "layer"):
        return "activation"
    return kind
