"""``--set path=value``: change one value of a tree before anything else is resolved."""

from __future__ import annotations

import re
from dataclasses import replace

from kc.compiler.source.reader import decode, read
from kc.core import codes
from kc.core.diagnostic import CompileError, Report, failure
from kc.core.span import Span
from kc.core.text import count, did_you_mean
from kc.core.tree import Key, ListNode, MapNode, ScalarNode, Tree

_PART = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_]*)|\.?\[(-?[0-9]+)\]")


def override(tree: Tree, assignment: str, report: Report) -> Tree:
    """The tree with one ``path=value`` applied; the value is YAML and has its own spans."""
    try:
        source = decode("--set", assignment.encode("utf-8", "surrogateescape"))
        path_text, equals, value_text = assignment.partition("=")
        whole = Span(source, 1, 1, 1, len(assignment) + 1)
        if not equals:
            raise failure(codes.OVERRIDE, f"`{assignment}` has no `=`", at=whole,
                          help="write `--set path=value`")  # fmt: skip
        path = _parse(path_text, Span(source, 1, 1, 1, len(path_text) + 1))
        if not value_text.strip():
            # `epochs=` is `epochs:` of a file.
            return _replace(tree, path, ScalarNode(None, replace(whole, column=len(assignment))))
        # Blanks keep the columns of the value as they are on the command line.
        blanks = " " * (len(path_text) + 1)
        value = read(source, report, part=blanks + value_text)
        if value is None:
            return tree
        return _replace(tree, path, value)
    except CompileError as error:
        report.absorb(error.report)
        return tree


def _parse(text: str, span: Span) -> list[tuple[str | int, Span]]:
    parts: list[tuple[str | int, Span]] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            raise failure(codes.OVERRIDE, f"`{text}` is no path", at=span,
                          help="write dotted names and `[i]`: `training.epochs`")  # fmt: skip
        start = match.start(1) if match[1] else match.start() + (match[0][0] == ".")
        place = Span(span.source, 1, start + 1, 1, match.end() + 1)
        parts.append((match[1] if match[1] else int(match[2]), place))
        position = match.end()
    if not parts:
        raise failure(codes.OVERRIDE, "the path is empty", at=span)
    return parts


def _replace(node: Tree, path: list[tuple[str | int, Span]], value: Tree) -> Tree:
    if not path:
        return value
    (part, span), rest = path[0], path[1:]
    match node:
        case MapNode() if isinstance(part, str):
            return _replace_in_map(node, part, span, rest, value)
        case ListNode():
            return _replace_in_list(node, part, span, rest, value)
        case ScalarNode(value=str(word)) if word == part:
            # `optimizer: adam` is `optimizer: {adam: {}}`.
            inner = _replace(MapNode((), node.span), rest, value)
            return MapNode(((Key(word, node.span), inner),), node.span)
        case _:
            raise failure(codes.OVERRIDE, f"there is no `{part}` to set", at=span,
                          label="the value before it has no parts",
                          help="set the value as a whole: `path={...}`")  # fmt: skip


def _replace_in_map(
    node: MapNode, name: str, span: Span, rest: list[tuple[str | int, Span]], value: Tree
) -> Tree:
    child = node.get(name)
    if child is None and rest:
        child = MapNode((), span)
    replaced = _replace(child, rest, value) if child is not None else value
    if rest or node.get(name) is None:
        return node.with_entry(Key(name, span), replaced)
    # What is replaced as a whole was written on the command line, its key too.
    entry = (Key(name, span), replaced)
    return MapNode(
        tuple(entry if key.text == name else (key, v) for key, v in node.entries), node.span
    )


def _replace_in_list(
    node: ListNode, part: str | int, span: Span, rest: list[tuple[str | int, Span]], value: Tree
) -> Tree:
    index = part if isinstance(part, int) else _index_of(node, part, span)
    if not -len(node.items) <= index < len(node.items):
        raise failure(codes.OVERRIDE,
                      f"there is no item {index}, the list has {count(len(node.items), 'item')}",
                      at=span, help="`[0]` is the first one, `[-1]` the last")  # fmt: skip
    items = list(node.items)
    items[index] = _replace(items[index], rest, value)
    return ListNode(tuple(items), node.span)


def _index_of(node: ListNode, name: str, span: Span) -> int:
    names = [_name(item) for item in node.items]
    if name in names:
        return names.index(name)
    known = [n for n in names if n]
    raise failure(
        codes.OVERRIDE,
        f"no item of the list is called `{name}`",
        at=span,
        help=did_you_mean(name, known) if known else "use the position: `[0]` is the first item",
    )


def _name(item: Tree) -> str | None:
    name = item.get("name") if isinstance(item, MapNode) else None
    return name.value if isinstance(name, ScalarNode) and isinstance(name.value, str) else None
