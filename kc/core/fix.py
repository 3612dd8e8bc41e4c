"""Corrections of a text that a user wrote: what to put where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kc.core.span import SourceText, Span
from kc.core.tree import MapNode, Tree, values_by_key

_COLON = re.compile(r"\s*:(?:\s|#[^\n\r]*+)*+")
"""What stands between a key and its value."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A text in place of another; between two characters where that is empty."""

    span: Span
    old: str
    """What has to stand there: a value may come from elsewhere, or be written in another way."""
    new: str

    @property
    def fits(self) -> bool:
        """Whether the text is as the edit expects it."""
        return self.span.text == self.old


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together."""

    title: str
    """What they do, in the imperative: ``write `units` ``."""
    edits: tuple[Edit, ...]
    safe: bool = True
    """Whether it is what the author meant, beyond doubt."""

    @property
    def range(self) -> tuple[int, int]:
        """The characters from the first edit to the last."""
        return min(e.span.offsets[0] for e in self.edits), max(
            e.span.offsets[1] for e in self.edits
        )


def replace_word(span: Span, old: str, new: str, *, safe: bool = True) -> Fix:
    """Another word in the place of one."""
    return Fix(f"write `{new}`", (Edit(span, old, new),), safe)


class Written:
    """The values of a tree by the places of their keys, to be looked up again and again."""

    def __init__(self, tree: Tree) -> None:
        self._values = dict(values_by_key(tree))

    def value(self, key: Span | None) -> Tree | None:
        """The value that stands behind a key; None where it comes from elsewhere, or from a block.

        A variable, an alias or a base gives a value to other keys, too, and so does a block.
        """
        value = None if key is None or key.used else self._values.get(key)
        if key is None or value is None or value.span.source is not key.source:
            return None
        between = key.source.text[key.offsets[1] : value.span.offsets[0]]
        return value if _COLON.fullmatch(between) else None

    def argument(self, entry: Span | None, name: str) -> Tree | None:
        """An argument of an entry, where it is written out."""
        value = self.value(entry)
        key = value.key(name) if isinstance(value, MapNode) else None
        return self.value(key.span) if key else None


def add_argument(value: Tree, main: str | None, argument: str, *, title: str) -> Fix | None:
    """One more argument of an entry: ``8`` becomes ``{units: 8, use_bias: false}``.

    Args:
        value: the entry's arguments as written.
        main: name of its main argument, which may stand there alone.
        argument: what to add, as ``use_bias: false``.
        title: what that does.
    """
    span, text = value.span, value.span.text
    if isinstance(value, MapNode) and text.startswith("{"):
        inside = text[1:-1].rstrip()
        # A comma may follow the last argument, and a comment may hold what looks like the end.
        if "#" in inside or inside.endswith(","):
            at, new = span.start(1), f"{argument}, "
        else:
            at, new = span.start(1 + len(inside)), f", {argument}" if inside.strip() else argument
        return Fix(title, (Edit(at, "", new),))
    if isinstance(value, MapNode) and value.entries:
        first = value.entries[0][0].span
        line_end = "\r\n" if "\r\n" in span.source.text else "\n"
        indent = " " * (first.column - 1)
        return Fix(title, (Edit(first.start(), "", argument + line_end + indent),))
    if isinstance(value, MapNode) or main is None or not text or "\n" in text:
        return None
    return Fix(title, (Edit(span, text, f"{{{main}: {text}, {argument}}}"),))


def apply(source: SourceText, fixes: Sequence[Fix]) -> tuple[SourceText, Sequence[Fix]]:
    """A text with fixes of it, and which those are.

    Left out are those that do not fit, and those that meet one before: they are found again in what
    comes out, unless they have become needless.
    """
    parts: list[str] = []
    done, last = 0, -1
    applied: list[Fix] = []
    for fix in sorted(fixes, key=lambda fix: fix.range):
        start, end = fix.range
        if start <= last or not all(edit.fits for edit in fix.edits):
            continue
        for edit in sorted(fix.edits, key=lambda edit: edit.span.offsets):
            first, after = edit.span.offsets
            parts += [source.text[done:first], edit.new]
            done = after
        last = end
        applied.append(fix)
    parts.append(source.text[done:])
    return SourceText(source.name, "".join(parts)), applied
