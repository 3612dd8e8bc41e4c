"""Keys that stand beside an entry and were written among its arguments."""

from __future__ import annotations

from collections.abc import Iterable

from kc.core.tree import Key, MapNode, Tree
from kc.library.layer import RESERVED

_LONGEST = 60
"""Characters of a value that is shown as it was written."""
_LEFT_OUT = "..."

Entries = Iterable[tuple[Key, Tree]]


def is_misplaced(name: str) -> bool:
    """Whether an unknown argument of a layer is a key that stands beside layers."""
    return name in RESERVED and name != "use"


def stands_beside(name: str, kind: str, arguments: MapNode, beside: Entries = ()) -> str:
    """Says where a key belongs, and shows the item with all such keys there.

    Args:
        name: the key.
        kind: the entry that it was written inside of.
        arguments: those of the entry, with the key.
        beside: what already stands beside the entry.
    """
    kept = arguments.with_entries(e for e in arguments.entries if not is_misplaced(e[0].text))
    moved = (e for e in arguments.entries if is_misplaced(e[0].text))
    inside = _written(kept.entries)
    entry = f"{kind}: {{{inside if len(inside) <= _LONGEST else _LEFT_OUT}}}"
    rest = _written((*moved, *beside))
    return f"`{name}` stands beside `{kind}`: `{{{entry}, {rest}}}`"


def _written(entries: Entries) -> str:
    return ", ".join(f"{key.text}: {_shown(value)}" for key, value in entries)


def _shown(value: Tree) -> str:
    text = value.span.text
    return text if len(text) <= _LONGEST and "\n" not in text else _LEFT_OUT
