"""A model of Keras as a spec, and where each of its layers keeps its weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kc.core import codes
from kc.interop.keras.facts import Numbered
from kc.interop.keras.models import KerasModel, Part, Value
from kc.interop.keras.values import RefusedError
from kc.library.layer import Item, write_item

_RESERVED = {"input", "previous"}
_LONGEST = 56  # of 64 characters, so that a number fits behind


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer with its names in Keras's files and in kc."""

    name: str
    """The layer's name in Keras."""
    group: str
    """Where weight files of Keras 3 keep it: ``layers/dense_1``."""
    top: str
    """The layer of the outermost model that it is, or is part of: how older files call it."""
    scope: str
    """Where kc keeps it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A spec's section ``model``, and the layers that it was made of."""

    model: Mapping[str, Any]
    leaves: Sequence[Leaf]


def convert(model: KerasModel) -> Converted:
    """The section ``model`` of a spec that computes what a model of Keras computes.

    Raises:
        RefusedError: when kc cannot write it.
    """
    shared = _Shared()
    names = _Names()
    inputs: dict[str, Any] = {}
    for name in model.inputs:
        part = next((p for p in model.parts if p.name == name), None)
        if part is None or part.shape is None:
            raise RefusedError(codes.FOREIGN_FILE, f"the model has no input `{name[:80]}`")
        called = names.fresh(name)
        names.values[name, 0] = called
        shape = list(part.shape)
        inputs[called] = shape if part.dtype == "float32" else {"shape": shape, "dtype": part.dtype}
    single = next(iter(inputs)) if len(inputs) == 1 else None
    items = _items(model, names, shared, single, "", "layers", "")
    section: dict[str, Any] = {"inputs": inputs}
    if shared.parts:
        section["shared"] = shared.parts
    section["layers"] = items
    section |= _outputs(model, names)
    return Converted(section, shared.leaves)


@dataclass(slots=True)
class _Names:
    """Names of a list, as the graph will give them out."""

    values: dict[Value, str] = field(default_factory=dict[Value, str])
    """Name of what each call of Keras returns."""
    taken: set[str] = field(default_factory=set[str])
    _numbers: dict[str, int] = field(default_factory=dict[str, int])
    last: str | None = None

    def fresh(self, wanted: str) -> str:
        """A name of kc like one of Keras."""
        base = re.sub(r"[^A-Za-z0-9_]", "_", wanted)[:_LONGEST]
        base = base if base[:1].isalpha() and base not in _RESERVED else f"layer_{base}"
        name, number = base, 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name

    def given(self, kind: str, wanted: str | None) -> tuple[str, bool]:
        """The name of an item, and whether it has to be written."""
        number = self._numbers.get(kind, 0)
        while (automatic := f"{kind}_{number}" if number else kind) in self.taken:
            number += 1
        if wanted is None or wanted == automatic:
            self._numbers[kind] = number + 1
            self.taken.add(automatic)
            return automatic, False
        return self.fresh(wanted), True


@dataclass(slots=True)
class _Shared:
    """Lists that are used by name, and what is known of all layers."""

    parts: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    leaves: list[Leaf] = field(default_factory=list[Leaf])
    names: _Names = field(default_factory=_Names)


def _items(
    model: KerasModel, names: _Names, shared: _Shared, previous: str | None, scope: str,
    group: str, top: str,
) -> list[Any]:  # fmt: skip
    """The list of items for a model, in an order in which each stands below what it takes."""
    numbered = Numbered()
    groups = {part.name: f"{group}/{numbered.next(part.class_name)}" for part in model.parts}
    used: dict[str, str] = {}
    items: list[Any] = []
    for part, number in _in_order(model, names):
        if part.name not in used and (part.model is not None or len(part.calls) > 1):
            used[part.name] = _share(part, shared, groups[part.name], top or part.name)
        item = Item(layer=part.layer)
        kind = part.layer.kind if part.layer else "layer"
        wanted: str | None = part.name
        if part.name in used:
            item = Item(use=used[part.name])
            kind, wanted = used[part.name], None
        name, is_written = names.given(kind, wanted)
        inputs = tuple(names.values[value] for value in part.calls[number])
        values: dict[str, Any] = {"name": name if is_written else None}
        values["trainable"] = part.is_trainable
        values["inputs"] = None if inputs == (previous,) else inputs
        items.append(write_item(item.model_copy(update=values)))
        names.values[part.name, number] = previous = names.last = name
        if part.name not in used:
            leaf = Leaf(part.name, groups[part.name], top or part.name, scope + name)
            shared.leaves.append(leaf)
    if not items:
        raise RefusedError(codes.FOREIGN_LAYER, "the model has no layers")
    return items


def _share(part: Part, shared: _Shared, group: str, top: str) -> str:
    """Make a shared part of a layer that is called several times, or of a model inside."""
    name = shared.names.fresh(part.name)
    if part.model is None:
        assert part.layer is not None
        shared.parts[name] = [write_item(Item(layer=part.layer))]
        shared.leaves.append(Leaf(part.name, group, top, f"{name}/{part.layer.kind}"))
        return name
    inner, outputs = part.model, part.model.outputs
    if len(inner.inputs) != 1 or len(outputs) != 1 or not isinstance(outputs, Sequence):
        raise RefusedError(
            codes.FOREIGN_LAYER, f"the inner model `{part.name[:80]}` has several inputs or outputs"
        )
    names = _Names({(inner.inputs[0], 0): "input"}, {"input"})
    shared.parts[name] = []  # before those inside of it
    items = _items(inner, names, shared, "input", f"{name}/", f"{group}/layers", top)
    if names.values.get(outputs[0]) != names.last:
        raise RefusedError(
            codes.FOREIGN_LAYER, f"the inner model `{part.name[:80]}` returns a layer in its middle"
        )
    shared.parts[name] = items
    return name


def _in_order(model: KerasModel, names: _Names) -> Iterator[tuple[Part, int]]:
    """All calls, each after those whose values it takes."""
    pending = [
        (part, number)
        for part in model.parts
        if part.shape is None
        for number in range(len(part.calls))
    ]
    known = set(names.values)
    while pending:
        later: list[tuple[Part, int]] = []
        for part, number in pending:
            if part.calls[number] and all(value in known for value in part.calls[number]):
                known.add((part.name, number))
                yield part, number
            else:
                later.append((part, number))
        if len(later) == len(pending):
            raise RefusedError(
                codes.FOREIGN_FILE, f"layer `{later[0][0].name[:80]}` takes what nothing gives"
            )
        pending = later


def _outputs(model: KerasModel, names: _Names) -> dict[str, Any]:
    """The key ``outputs``, where the last item is not the only output."""
    given = model.outputs
    wanted = list(given.values()) if isinstance(given, Mapping) else list(given)
    missing = next((value for value in wanted if value not in names.values), None)
    if missing is not None or not wanted:
        raise RefusedError(codes.FOREIGN_FILE, "the model returns what no layer gives")
    if isinstance(given, Mapping):
        made = _Names()
        return {"outputs": {made.fresh(k): names.values[v] for k, v in given.items()}}
    called = [names.values[value] for value in wanted]
    if len(called) > 1:
        return {"outputs": called}
    return {} if called[0] == names.last else {"outputs": called[0]}
