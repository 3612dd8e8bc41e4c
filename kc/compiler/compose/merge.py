"""One tree laid over another: maps merge, everything else replaces.

A map over a list of items patches it: its keys are names of items. An entry of another kind
replaces an entry, ``{sgd: 0.1}`` over ``{adam: {...}}``, instead of standing beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kc.compiler.compose.items import kind_of, names_of
from kc.core import codes
from kc.core.diagnostic import Label, Report
from kc.core.registry import find, is_kind
from kc.core.text import did_you_mean
from kc.core.tree import Key, ListNode, MapNode, Origin, ScalarNode, Tree

_FAMILIES = ("optimizer", "loss", "schedule", "source", "initializer", "regularizer", "constraint",
             "activation", "metric", "callback", "mixing", "remedy", "sampler",
             "pruner")  # fmt: skip
"""Families of entries that stand alone behind a key. Layers do so inside of wrappers only."""
_NAMED = {"inputs", "shared", "preprocess", "vars", "blocks", "profiles", "params", "groups",
          "phases", "loss_weights", "class_weight", "space"}  # fmt: skip
"""Maps whose keys are names that the author chose."""
_LISTS = {"layers", "callbacks"}
"""Lists that a map patches; parts of `shared` and `preprocess` are such lists, too."""


def merge(base: Tree, over: Tree, by: str, report: Report) -> Tree:
    """``over`` laid over ``base``; ``by`` says in origins what it is."""
    return _Merge(by, report).values(base, over, "", "")


@dataclass(frozen=True, slots=True)
class _Merge:
    by: str
    report: Report

    def values(self, base: Tree, over: Tree, key: str, parent: str) -> Tree:
        """The value behind a key, which stands in the map behind another one."""
        match base, over:
            case MapNode(), MapNode() if not _other_entry(base, over, key):
                return self.maps(base, over, key)
            case ListNode(), MapNode() if key in _LISTS or parent in {"shared", "preprocess"}:
                return self.patched(base, over)
            case ScalarNode(value=str(word)), MapNode() if kind_of(over) == word:
                # `adam` is `{adam: {}}`.
                return self.maps(_with_arguments(word, base), over, key)
            case _, MapNode() if parent not in _NAMED and (given := arguments(key, base)) != base:
                return self.maps(given, over, key) if isinstance(given, MapNode) else over
            case ScalarNode(), ScalarNode(value=value) if base.value == value:
                return over
            case _:
                return replace(over, origin=self.replaced(base, over))

    def maps(self, base: MapNode, over: MapNode, parent: str) -> MapNode:
        changes = {key.text: (key, value) for key, value in over.entries}
        entries: list[tuple[Key, Tree]] = []
        for key, value in base.entries:
            if (change := changes.pop(key.text, None)) is None:
                entries.append((key, value))
            else:
                entries.append((change[0], self.values(value, change[1], key.text, parent)))
        return base.with_entries([*entries, *changes.values()])

    def patched(self, base: ListNode, over: MapNode) -> Tree:
        positions = names_of(base.items)
        items: list[Tree | None] = list(base.items)
        for key, change in over.entries:
            position = positions.get(key.text)
            if position is None:
                self.report.add(
                    codes.PATCH,
                    f"no item of the list is called `{key.text}`",
                    at=key.span,
                    cause=Label(base.span, "the list"),
                    help=did_you_mean(key.text, positions),
                )
            elif isinstance(change, ScalarNode) and change.value is None:
                items[position] = None
            else:
                items[position] = self.item(base.items[position], key, change)
        return replace(base, items=tuple(item for item in items if item is not None))

    def item(self, base: Tree, key: Key, over: Tree) -> Tree:
        if isinstance(over, ScalarNode) and isinstance(over.value, str):
            over = _with_arguments(over.value, over)
        if not isinstance(over, MapNode):
            self.report.add(
                codes.PATCH,
                f"`{key.text}` names an item, which cannot become this",
                at=over.span,
                label="expected a map, a word, or null",
                help="write what changes, as in `{dense: {units: 3}}`; null removes the item",
            )
            return base
        if isinstance(base, ScalarNode):
            base = _with_arguments(str(base.value), base)
        assert isinstance(base, MapNode)
        kind, other = kind_of(base) or "use", kind_of(over) or _use(over)
        if other is not None and other != kind:
            position = next((i for i, (k, _) in enumerate(base.entries) if k.text == kind), 0)
            new = next((k, v) for k, v in over.entries if k.text == other)
            rest = [(k, v) for k, v in base.entries if k.text != kind]
            old = base.get(kind) or base
            value = replace(new[1], origin=self.replaced(old, new[1], kind))
            base = base.with_entries([*rest[:position], (new[0], value), *rest[position:]])
            over = over.without(other)
        return self.maps(base, over, key.text)

    def replaced(self, base: Tree, over: Tree, kind: str = "") -> Origin:
        before = tuple(origin for origin in (base.origin, over.origin) if origin)
        shown = f"`{kind}`" if kind else brief(base)
        return Origin(f"{self.by}, in place of {shown}", base.span, before)


def arguments(kind: str, value: Tree, wanted: str = "") -> Tree:
    """``10`` of ``dense: 10`` as the map ``{units: 10}``, where the library has such an entry.

    ``wanted`` is an argument that is about to be set: a word of this name is an entry.
    """
    if isinstance(value, MapNode) or (isinstance(value, ScalarNode) and value.value == wanted):
        return value
    families = [family for family in ("layer", *_FAMILIES) if is_kind(kind, family)]
    cls = find(kind, families[0]) if families else None
    main = cls.main_argument() if cls else None
    if cls is not None and isinstance(value, ScalarNode) and value.value is None:
        return MapNode((), value.span)
    return MapNode(((Key(main, value.span), value),), value.span) if main else value


def brief(node: Tree) -> str:
    """A value in a few words."""
    match node:
        case ScalarNode(value=None):
            return "nothing"
        case ScalarNode(value=bool(value)):
            return f"`{str(value).lower()}`"
        case ScalarNode(value=value):
            return f"`{value}`"
        case ListNode():
            return "a list"
        case MapNode():
            kind = kind_of(node) if len(node.entries) == 1 else None
            return f"`{kind}`" if kind else "a map"


def _other_entry(base: MapNode, over: MapNode, key: str) -> bool:
    """Whether both are entries of one family, and of different kinds."""
    if len(base.entries) != 1 or len(over.entries) != 1 or key in _NAMED:
        return False
    (first, _), (second, _) = base.entries[0], over.entries[0]
    return first.text != second.text and any(
        is_kind(first.text, family) and is_kind(second.text, family)
        for family in _families_behind(key)
    )


def _families_behind(key: str) -> Sequence[str]:
    return ("layer", "cell") if key in {"layer", "cell", "backward_layer"} else _FAMILIES


def _use(item: MapNode) -> str | None:
    return "use" if item.get("use") is not None else None


def _with_arguments(word: str, node: Tree) -> MapNode:
    """A word as a map of one key without arguments."""
    return MapNode(((Key(word, node.span), MapNode((), node.span)),), node.span)
