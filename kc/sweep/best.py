"""The spec of a trial: the text of the original with other values, its comments kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kc.compiler.compose.items import names_of
from kc.compiler.compose.merge import arguments
from kc.compiler.compose.overrides import parse_path
from kc.compiler.pipeline import Options, compile
from kc.compiler.source.reader import read
from kc.core.comparison import difference
from kc.core.diagnostic import CompileError, Report
from kc.core.span import SourceText
from kc.core.tree import ListNode, MapNode, ScalarNode, Tree
from kc.runtime.run_folder import to_yaml

_SWEEP = "sweep"


def spec_text(source: SourceText, options: Options, overrides: Sequence[str]) -> str:
    """The spec under some overrides, without its sweep.

    Values are replaced in the text where that means the same; otherwise it is the resolved spec.

    Raises:
        CompileError: when the spec holds errors.
    """
    every = [*options.overrides, *overrides]
    wanted = _resolved(source, replace(options, overrides=every))
    text = edited(source, every) if not options.profiles else None
    if text is not None:
        try:
            now = _resolved(SourceText(source.name, text), replace(options, overrides=()))
        except CompileError:
            now = {}
        if not difference(wanted, now):
            return text
    return to_yaml(wanted)


def _resolved(source: SourceText, options: Options) -> dict[str, Any]:
    return compile(source, options, Report(), options.folder).resolved()


def edited(source: SourceText, overrides: Sequence[str]) -> str | None:
    """The text with values replaced and the sweep left out; None where a value is not in it."""
    tree = read(source, Report())
    if not isinstance(tree, MapNode):
        return None
    edits: list[tuple[int, int, str]] = []
    for assignment in overrides:
        path, _, value = assignment.partition("=")
        if path.startswith(f"{_SWEEP}."):
            continue
        parts = [part for part, _ in parse_path(path, tree.span)]
        edit = _edit(tree, parts, value)
        if edit is None:
            return None
        edits.append(edit)
    edits += [(*_lines(source, tree, _SWEEP), "")] if tree.get(_SWEEP) is not None else []
    text = source.text
    for start, stop, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[stop:]
    return text.rstrip("\n") + "\n"


def _edit(tree: Tree, parts: Sequence[str | int], value: str) -> tuple[int, int, str] | None:
    """What to put where in the text, so that a path has a value."""
    node = tree
    for position, part in enumerate(parts):
        rest = parts[position + 1 :]
        match node:
            case MapNode() if isinstance(part, str):
                child = node.get(part)
                if child is None:
                    return _added(node, f"{part}: {_nested(rest, value)}")
                if rest and isinstance(rest[0], str):
                    # `dense: 10` is `dense: {units: 10}`.
                    child = arguments(part, child, rest[0])
            case ListNode():
                index = part if isinstance(part, int) else names_of(node.items).get(part)
                if index is None or not -len(node.items) <= index < len(node.items):
                    return None
                child = node.items[index]
            case ScalarNode(value=word) if word == part:
                return *node.span.offsets, f"{{{part}: {_nested(rest, value)}}}"
            case _:
                return None
        node = child
    return *node.span.offsets, value


def _nested(parts: Sequence[str | int], value: str) -> str:
    for part in reversed(parts):
        value = f"{{{part}: {value}}}"
    return value


def _added(node: MapNode, entry: str) -> tuple[int, int, str] | None:
    """A further entry at the beginning of a map."""
    if not node.entries:
        return *node.span.offsets, f"{{{entry}}}"
    first = node.entries[0][0].span
    start = first.offsets[0]
    is_flow = node.span.text.startswith("{")
    return start, start, f"{entry}, " if is_flow else f"{entry}\n{' ' * (first.column - 1)}"


def _lines(source: SourceText, tree: MapNode, section: str) -> tuple[int, int]:
    """The characters of a section, its key and its last line included."""
    key, value = tree.key(section), tree.get(section)
    assert key is not None
    assert value is not None
    start = source.offset(key.span.line, 1)
    after = [other.span.line for other, _ in tree.entries if other.span.line > key.span.line]
    stop = source.offset(min(after), 1) if after else len(source.text)
    return start, stop
