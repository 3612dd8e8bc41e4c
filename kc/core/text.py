"""Words for messages: near misses, lists, values as the user wrote them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST_NAME = 64  # edit distances over longer names cost more than they help
MOST_NAMES = 500  # so do those to very many


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` most likely meant, if one is close."""
    known = list(known)
    if len(name) > LONGEST_NAME or len(known) > MOST_NAMES:
        return None
    lower = {word.lower(): word for word in reversed(known)}
    matches = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return lower[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``did you mean `units`?``, or the list of what there is."""
    known = list(known)
    match = nearest(name, known)
    return f"did you mean `{match}`?" if match else f"one of {listing(known)}"


def listing(names: Iterable[str], limit: int = 12) -> str:
    """``a, b and 7 more``, each in backquotes."""
    names = list(names)
    shown = ", ".join(f"`{name}`" for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def count(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plural(noun: str) -> str:
    """``losses``, ``layers``."""
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def article(noun: str) -> str:
    """``a loss``, ``an optimizer``."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
