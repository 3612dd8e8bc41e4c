"""Values of a spec, defaults included, each with what was written for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from kc.compiler.compose.items import names_of
from kc.core.reference import write_entry
from kc.core.registry import Entry, SpecModel
from kc.core.tree import ListNode, MapNode, Origin, Tree
from kc.library.layer import Item
from kc.schemas.spec import Spec

_COMPOSED = {"vars", "blocks", "extends", "profiles"}
"""Sections that are gone when a spec is resolved."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a spec."""

    value: object
    node: Tree | None
    """What was written for it; None where it is a default."""
    owner: type[SpecModel] | None = None
    """The class whose field it is, if it is one."""
    field: str = ""
    around: Origin | None = None
    """Where the nearest list or map around it comes from."""
    inside: bool = False
    """Whether an entry's arguments are meant, behind its kind."""
    idle: bool = False
    """Whether a spec that writes it would be wrong."""

    @property
    def origin(self) -> Origin | None:
        return (self.node.origin if self.node else None) or self.around

    def parts(self) -> Iterator[tuple[str | int, Place]]:
        """What the value holds, by key or position."""
        match self.value:
            case Item() as item:
                yield from self._of_item(item)
            case Entry() as entry if not self.inside:
                yield entry.kind, self._child(entry, _get(self.node, entry.kind), inside=True)
            case SpecModel() as model:
                yield from self._fields(model)
            case Mapping():
                for key, value in cast("Mapping[str, object]", self.value).items():
                    yield str(key), self._child(value, _get(self.node, str(key)))
            case tuple():
                nodes = self.node.items if isinstance(self.node, ListNode) else ()
                for i, value in enumerate(cast("tuple[object, ...]", self.value)):
                    yield i, self._child(value, nodes[i] if i < len(nodes) else None)
            case _:
                pass

    def part(self, key: str | int) -> Place | None:
        """One of them; items are found by their names, too."""
        found = dict(self.parts())
        if isinstance(key, str) and isinstance(self.node, ListNode):
            return found.get(names_of(self.node.items).get(key, key))
        if isinstance(key, int) and key < 0:
            key += len(found)
        return found.get(key)

    @property
    def is_leaf(self) -> bool:
        """Whether it is a value without parts, an entry without arguments being one."""
        if isinstance(self.value, Entry) and not self.inside:
            return not type(self.value).model_fields
        return not isinstance(self.value, SpecModel | Mapping | tuple)

    def plain(self) -> object:
        """The value as a spec writes it, where it is a leaf."""
        return write_entry(self.value) if isinstance(self.value, Entry) else self.value

    def _child(
        self, value: object, node: Tree | None, *, inside: bool = False, **about: Any
    ) -> Place:
        if isinstance(value, Mapping) and list(cast("Mapping[str, object]", value)) == [""]:
            # A single output needs no name: `loss: mean_squared_error`.
            value = cast("Mapping[str, object]", value)[""]
        return Place(value, node, around=self.origin if node else None, inside=inside, **about)

    def _of_item(self, item: Item) -> Iterator[tuple[str, Place]]:
        if item.layer is not None:
            node = _get(self.node, item.layer.kind)
            yield item.layer.kind, self._child(item.layer, node, inside=True)
        written = {"use": item.use, "name": item.name, "from": item.inputs,
                   "trainable": item.trainable, "precision": item.precision,
                   "remat": item.remat if item.remat or _get(self.node, "remat") else None,
                   "initial": item.initial.written() if item.initial else None}  # fmt: skip
        for key, value in written.items():
            if value is not None and (key != "trainable" or not value or _get(self.node, key)):
                yield key, self._child(value, _get(self.node, key))

    def _fields(self, model: SpecModel) -> Iterator[tuple[str, Place]]:
        cls = type(model)
        main = cls.main_argument() if issubclass(cls, Entry) else None
        alone = not isinstance(self.node, MapNode) or (
            main is not None and not {k.text for k, _ in self.node.entries} & set(cls.model_fields)
        )
        dumped: Mapping[str, object] = {}
        for name, field in cls.model_fields.items():
            if cls is Spec and name in _COMPOSED:
                continue
            value: object = getattr(model, name)
            if not isinstance(value, SpecModel | Mapping | tuple | bool | int | float | str | None):
                dumped = dumped or model.model_dump()
                value = dumped[name]
            key = field.alias or name
            node = self.node if alone and name == main else _get(self.node, key)
            idle = name in model.idle
            yield key, self._child(value, node, owner=cls, field=name, idle=idle)


def _get(node: Tree | None, key: str) -> Tree | None:
    return node.get(key) if isinstance(node, MapNode) else None
