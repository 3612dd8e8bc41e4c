"""``--set path=value``: change one value of a tree before anything else is resolved."""

from __future__ import annotations

import re
from dataclasses import replace

from kc.compiler.compose.items import names_of
from kc.compiler.compose.merge import arguments, brief
from kc.compiler.source.reader import decode, read
from kc.core import codes
from kc.core.diagnostic import CompileError, Report, failure
from kc.core.span import Span
from kc.core.text import count, did_you_mean
from kc.core.tree import Key, ListNode, MapNode, Origin, ScalarNode, Tree

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
        path = parse_path(path_text, Span(source, 1, 1, 1, len(path_text) + 1))
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


def parse_path(text: str, span: Span) -> list[tuple[str | int, Span]]:
    """The parts of ``model.layers[0].dense``, each with its place.

    Raises:
        CompileError: when it is no path.
    """
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
        before = tuple(origin for origin in (node.origin,) if origin)
        return replace(value, origin=Origin(f"in place of {brief(node)}", node.span, before))
    (part, span), rest = path[0], path[1:]
    match node:
        case MapNode() if isinstance(part, str):
            return _replace_in_map(node, part, span, rest, value)
        case ListNode():
            return _replace_in_list(node, part, span, rest, value)
        case ScalarNode(value=str(word)) if word == part:
            # `optimizer: adam` is `optimizer: {adam: {}}`.
            inner = _replace(MapNode((), node.span), rest, value) if rest else value
            return MapNode(((Key(word, node.span), inner),), node.span)
        case _:
            raise failure(codes.OVERRIDE, f"there is no `{part}` to set", at=span,
                          label="the value before it has no parts",
                          help="set the value as a whole: `path={...}`")  # fmt: skip


def _replace_in_map(
    node: MapNode, name: str, span: Span, rest: list[tuple[str | int, Span]], value: Tree
) -> Tree:
    child = node.get(name)
    if rest and isinstance(rest[0][0], str):
        # `dense: 10` is `dense: {units: 10}`.
        child = MapNode((), span) if child is None else arguments(name, child, rest[0][0])
    elif rest and child is None:
        child = MapNode((), span)
    replaced = _replace(child, rest, value) if child is not None else value
    if rest or node.get(name) is None:
        return node.with_entry(Key(name, span), replaced)
    # What is replaced as a whole was written on the command line, its key too.
    new = Key(name, span)
    return node.with_entries((new, replaced) if k.text == name else (k, v) for k, v in node.entries)


def _replace_in_list(
    node: ListNode, part: str | int, span: Span, rest: list[tuple[str | int, Span]], value: Tree
) -> Tree:
    index = part if isinstance(part, int) else _index_of(node, part, span)
    if not -len(node.items) <= index < len(node.items):
        raise failure(codes.OVERRIDE,
                      f"there is no item {index}, the list has {count(len(node.items), 'item')}",
                      at=span, help="`[0]` is the first one, `[-1]` the last")  # fmt: skip
    items = list(node.items)
    if isinstance(part, str) and not rest and isinstance(value, ScalarNode) and value.value is None:
        # As in a file that extends another one: null removes what has a name.
        del items[index]
    else:
        items[index] = _replace(items[index], rest, value)
    return replace(node, items=tuple(items))


def _index_of(node: ListNode, name: str, span: Span) -> int:
    known = names_of(node.items)
    if name in known:
        return known[name]
    raise failure(
        codes.OVERRIDE,
        f"no item of the list is called `{name}`",
        at=span,
        help=did_you_mean(name, known) if known else "use the position: `[0]` is the first item",
    )
