"""Words for messages: near misses, lists, values as the user wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

LONGEST_NAME = 64  # edit distances over longer names cost more than they help
MOST_NAMES = 1000  # so do those to very many
MOST_COMPARED = 8  # of those, by letters that they have in common


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` most likely meant, if one is close."""
    known = list(known)
    if len(name) > LONGEST_NAME or len(known) > MOST_NAMES:
        return None
    lower = {word.lower(): word for word in reversed(known)}
    import difflib  # here: text without mistakes needs none
    import heapq

    # Exact distances to hundreds of long names, for hundreds of mistakes, would take a minute.
    marks = _marks(name.lower())
    alike = heapq.nlargest(MOST_COMPARED, lower, key=lambda word: _likeness(marks, _marks(word)))
    matches = difflib.get_close_matches(name.lower(), alike, n=1, cutoff=0.6)
    return lower[matches[0]] if matches else None


@lru_cache(maxsize=2 * MOST_NAMES)
def _marks(word: str) -> frozenset[str]:
    """Its letters and pairs of letters."""
    return frozenset(word) | frozenset(map("".join, pairwise(word[:LONGEST_NAME])))


def _likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """How much of two sets is common, from 0 to 1."""
    return 2 * len(a & b) / (len(a) + len(b) or 1)


def misspelt(name: str, known: Iterable[str]) -> str | None:
    """The only known name that is one edit away: a letter more, less or another, or two swapped."""
    if len(name) > LONGEST_NAME:
        return None
    found = [word for word in dict.fromkeys(known) if _one_edit(name, word)]
    return found[0] if len(found) == 1 else None


def _one_edit(a: str, b: str) -> bool:
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    left, right = a[start:], b[start:]
    swapped = left[1::-1] + left[2:] == right and len(left) > 1
    return swapped or left[1:] == right or left == right[1:] or left[1:] == right[1:]


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
    """``losses``, ``layers``, ``remedies``."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def article(noun: str) -> str:
    """``a loss``, ``an optimizer``."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
