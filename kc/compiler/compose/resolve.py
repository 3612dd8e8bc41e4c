"""Resolution: names become values, and blocks, repeats and conditions the items that they mean.

An item that stands for several becomes one composite entry, so that the stages behind this one
know layers only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from kc.compiler.compose.arguments import bind
from kc.compiler.compose.blocks import Block, blocks_of
from kc.compiler.compose.items import called, kind_of, mentioned, name_of
from kc.compiler.compose.repeats import rounds
from kc.compiler.compose.scope import Scope, Value
from kc.compiler.compose.variables import NAME, Resolver, failed, variables
from kc.compiler.source import limits
from kc.core import codes
from kc.core.diagnostic import Report
from kc.core.registry import find
from kc.core.span import Span
from kc.core.tree import Key, ListNode, MapNode, ScalarNode, Tree
from kc.library.layer import lists_of_items

_ITEMS: Final = "items"
_ANY: Final = "*"
_ALONE: Final = ""
_CONDITION: Final = "condition"
Shape = Any
"""Where lists of items are in a part of a spec: ``_ITEMS`` here, or shapes by key; ``_ANY`` stands
for each key, ``_ALONE`` for a list without one. None means nowhere.
"""
_SPEC: Final[Shape] = {
    "model": {"layers": _ITEMS, "shared": {_ANY: _ITEMS}},
    "data": {"preprocess": {_ANY: _ITEMS}},
}
_LATER: Final = "sweep"
"""The section whose values are put into the spec, trial by trial, before names are resolved."""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def resolve(tree: Tree, report: Report) -> Tree | None:
    """The tree with names, blocks, repeats and conditions resolved; None where a limit is passed.

    The sections that define names and blocks are left out. The reason of None is in the report.
    """
    sections = tree.entries if isinstance(tree, MapNode) else ()
    defined = {k.text: v for k, v in sections if k.text in {"vars", "blocks"}}
    blocks = blocks_of(defined.get("blocks"), report)
    root = Scope(variables(defined.get("vars")))
    composer = _Composer(report, root, root, blocks=blocks)
    if isinstance(tree, MapNode):
        # What is no map, validation refuses.
        tree = tree.without(*(key for key, node in defined.items() if isinstance(node, MapNode)))
    later = [(k, v) for k, v in sections if k.text == _LATER]
    resolved = composer.resolve(_without(tree, _LATER), _SPEC).node
    if composer.refused:
        return None
    composer.report_unused(defined.get("vars"))
    if later and isinstance(resolved, MapNode):
        return resolved.with_entries([*resolved.entries, *later])
    return resolved


def _without(tree: Tree, section: str) -> Tree:
    return tree.without(section) if isinstance(tree, MapNode) else tree


@dataclass(slots=True)
class _Composer(Resolver):
    blocks: Mapping[str, Block] = field(default_factory=dict[str, Block])
    entered: list[str] = field(default_factory=list[str])
    """Blocks that are being written out."""

    def resolve(self, node: Tree, shape: Shape = None) -> Value:
        self.count(node)
        match node:
            case MapNode():
                return self.map(node, shape if isinstance(shape, dict) else {})
            case ListNode() if shape == _ITEMS or (isinstance(shape, dict) and _ALONE in shape):
                return self.items(node)
            case ListNode():
                return self.list(node, self.inside([(item, None) for item in node.items], node))
            case ScalarNode() if self.literal:
                return Value(node)
            case ScalarNode(value=str()) if shape == _CONDITION:
                return Value(ScalarNode(self.holds(node), self.at(node.span)))
            case ScalarNode():
                value = self.scalar(node)
                if shape is None or isinstance(value.node, ScalarNode):
                    return value
                return self.literally(value.node, shape)

    def literally(self, node: Tree, shape: Shape) -> Value:
        """The value of a variable where items belong: names are resolved, items are not."""
        before, self.literal = self.literal, True
        value = self.item(node) if shape is None else self.resolve(node, shape)
        self.literal = before
        return value

    def count(self, node: Tree) -> None:
        if self.copies:
            self.placed += 1
            if self.placed > limits.NODES:
                self.too_many(self.at(node.span))

    @property
    def full(self) -> bool:
        """Whether a limit was passed: nothing more is put into the tree then."""
        return bool(self.refused)

    def map(self, node: MapNode, shapes: Mapping[str, Shape]) -> Value:
        other = shapes.get(_ANY)
        inside = [(v, shapes.get(k.text, other)) for k, v in node.entries]
        if not self.literal and node.key("when"):
            # An item of a variable's list: its condition is a truth value from here on.
            inside = [(v, _CONDITION) if k.text == "when" else pair
                      for (k, v), pair in zip(node.entries, inside, strict=True)]  # fmt: skip
        values = self.inside(inside, node)
        pairs = list(zip(node.entries, values, strict=True))
        if self.scope.use is not None:
            entries = [(Key(k.text, self.at(k.span)), v.node) for (k, _), v in pairs]
        elif any(v.node is not old for (_, old), v in pairs):
            entries = [(k, v.node) for (k, _), v in pairs]
        else:
            return _around(node, values)
        return _around(MapNode(tuple(entries), self.at(node.span), node.origin), values)

    def list(self, node: ListNode, values: Sequence[Value]) -> Value:
        items = tuple(value.node for value in values)
        span = self.at(node.span)
        return _around(ListNode(items, span, node.origin, node.left_out), values)

    def inside(self, nodes: Sequence[tuple[Tree, Shape]], around: Tree) -> Sequence[Value]:
        """What a list or a map holds, resolved."""
        if self.depth >= limits.DEPTH:
            self.too_deep(self.at(around.span))
            return [failed(self.at(around.span)) for _ in nodes]
        self.depth += 1
        values = [self.resolve(node, shape) for node, shape in nodes]
        self.depth -= 1
        return values

    def items(self, node: ListNode) -> Value:
        """A list of items, without those whose condition does not hold."""
        if self.depth >= limits.DEPTH:
            self.too_deep(self.at(node.span))
            return _listed([], self.at(node.span))
        values: list[Value] = []
        left_out: list[tuple[str, Span]] = []
        self.depth += 1
        for item in node.items:
            if self.full:
                break
            if (absent := self.absent(item)) is None:
                values.append(self.item(item))
            elif name := name_of(item):
                left_out.append((name, absent))
        self.depth -= 1
        if left_out:
            node = replace(node, left_out=tuple(left_out))
        return self.list(node, values)

    def absent(self, item: Tree) -> Span | None:
        """The place of the condition that leaves an item out."""
        written = item.get("when") if isinstance(item, MapNode) else None
        if written is None or self.holds(written):
            return None
        self.count(item)
        self.mention(item)
        return self.at(written.span)

    def item(self, item: Tree) -> Value:
        match item:
            case ScalarNode(value=str(word)) if word in self.blocks:
                nothing = ScalarNode(None, item.span)
                return self.use(MapNode(((Key(word, item.span), nothing),), item.span), word)
            case ScalarNode() if not self.literal and NAME.fullmatch(str(item.value).strip()):
                value = self.scalar(item)
                return value if value.failed else self.literally(value.node, None)
            case MapNode():
                item = item.without("when") if item.key("when") else item
                several = item.key("repeat") or item.key("for")
                return self.repeated(item) if several else self.single(item)
            case _:
                return self.resolve(item)

    def single(self, item: MapNode) -> Value:
        """An item that stands once: a layer, or a block."""
        kind = kind_of(item)
        if kind is not None and kind in self.blocks:
            return self.use(item, kind)
        return self.resolve(item, _shape(item))

    def repeated(self, item: MapNode) -> Value:
        """An item as often as it says, each time with names of its own."""
        found = rounds(item, self)
        whole = item.without("repeat", "for")
        inner = whole.without(*_outer_keys(whole))
        if not found:
            self.mention(inner)
        values: list[Value] = []
        self.depth += 3
        for names in found or ():
            if self.full:
                break
            with self.within(self.scope.inside(names), literal=self.literal):
                self.count(inner)
                values.append(self.single(inner))
        self.depth -= 3
        key = item.key(kind_of(item) or "use") or Key("", item.span)
        layers = _listed(values, self.at(key.span))
        outer = whole.without(*(key.text for key, _ in inner.entries))
        return self.composite("repeated", called(item), key, outer, {"layers": layers})

    def use(self, item: MapNode, name: str) -> Value:
        """A block, written out with the arguments of an item."""
        block, key, outer = self.blocks[name], item.key(name), item.without(name)
        assert key is not None
        block.named = True
        here = self.at(key.span)
        inside = {"layers": _listed([], here)}
        arguments = item.get(name) or ScalarNode(None, key.span)
        if not self.full and not self.recurses(block, here):
            names = bind(block, arguments, here, self)
            if names is not None:
                number = self.scope.find("i")
                names = {"i": number, **names} if number else names
                inside = self.written_out(block, Scope(names, self.root, here))
        return self.composite("block", name, key, outer, inside)

    def written_out(self, block: Block, scope: Scope) -> dict[str, Value]:
        block.written_out = True
        self.entered.append(block.name)
        self.depth += 2
        with self.within(scope):
            found = {"layers": self.items(block.layers)}
            if block.inputs is not None:
                found["inputs"] = self.resolve(block.inputs)
        self.depth -= 2
        self.entered.pop()
        return found

    def recurses(self, block: Block, at: Span) -> bool:
        if block.name not in self.entered:
            return False
        circle = [*self.entered[self.entered.index(block.name) :], block.name]
        self.report.add(
            codes.BLOCK_CIRCLE,
            f"blocks use each other in a circle: {' -> '.join(circle)}",
            at=at,
            help="a block cannot use itself; `repeat` stacks one",
        )
        return True

    def composite(
        self, kind: str, name: str | None, key: Key, outer: MapNode, inside: Mapping[str, Value]
    ) -> Value:
        """An item whose entry holds other items, with the keys beside it."""
        span = self.at(key.span)
        self.placed += 1 + 2 * len(inside)
        entries = [(Key(word, value.node.span), value.node) for word, value in inside.items()]
        if name and _WORD.fullmatch(name):
            entries = [(Key("of", span), ScalarNode(name, span)), *entries]
        entry = _around(MapNode(tuple(entries), span), list(inside.values()))
        beside = [(key, self.resolve(value)) for key, value in outer.entries]
        pairs = ((k, value.node) for k, value in [(Key(kind, span), entry), *beside])
        values = [entry, *(value for _, value in beside)]
        return _around(MapNode(tuple(pairs), self.at(outer.span)), values)

    def mention(self, node: Tree) -> None:
        """Count as used what a part names that is not written out."""
        for text in mentioned(node):
            for word in NAME.findall(text):
                self.scope.find(word)
            block = self.blocks.get(text)
            if block is not None and not block.named:
                block.named = True
                self.mention(block.layers)

    def report_unused(self, section: Tree | None) -> None:
        """Warn of blocks, parameters and variables that nothing names."""
        warn = self.report.add
        for block in [block for block in self.blocks.values() if not block.named]:
            message = f"nothing uses the block `{block.name}`"
            help = f"write `- {block.name}` among the layers, or remove it"
            warn(codes.UNUSED_BLOCK, message, at=block.span, help=help)
            self.mention(block.layers)
        for block in [block for block in self.blocks.values() if block.written_out]:
            for unused in [p for p in block.parameters.values() if p.name not in block.seen]:
                message = f"nothing in `{block.name}` uses `{unused.name}`"
                help = f"refer to it as `${unused.name}`, or remove it"
                warn(codes.UNUSED_BLOCK, message, at=unused.span, help=help)
        for key, _ in section.entries if isinstance(section, MapNode) else ():
            name = self.root.names[key.text]
            if key.text not in name.seen:
                message = f"nothing uses the variable `{key.text}`"
                help = f"refer to it as `${key.text}`, or remove it"
                warn(codes.UNUSED_VARIABLE, message, at=key.span, help=help)
                self.value_of(key.text, name)


def _shape(item: MapNode) -> Shape:
    """Where an item's entry holds other items."""
    kind = kind_of(item)
    value = item.get(kind) if kind else None
    if kind is None or value is None or not _may_hold_items(value):
        return None
    cls = find(kind, "layer")
    lists = lists_of_items(cls) if cls else ()
    shape = dict.fromkeys(lists, _ITEMS)
    if cls is not None and cls.main_argument() in lists:
        shape[_ALONE] = _ITEMS
    return {kind: shape} if shape else None


def _may_hold_items(value: Tree) -> bool:
    if isinstance(value, MapNode):
        return any(_may_hold_items(v) for _, v in value.entries if not isinstance(v, MapNode))
    return isinstance(value, ListNode) or "$" in str(value.value)


def _outer_keys(item: MapNode) -> Sequence[str]:
    """Keys of an item as a whole, and not of each of its repetitions."""
    initial = item.get("initial")
    # One file holds the weights of all of them.
    return ("name", "from", "initial") if isinstance(initial, ScalarNode) else ("name", "from")


def _listed(values: Sequence[Value], span: Span) -> Value:
    return _around(ListNode(tuple(value.node for value in values), span), values)


def _around(node: Tree, inside: Sequence[Value]) -> Value:
    """A list or map of values."""
    weight, height = 1, 0
    for value in inside:
        weight += value.weight
        height = max(height, value.height)
    return Value(node, weight, height + 1)
