"""A model of Keras as a spec, and where each of its layers keeps its weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kc.core import codes
from kc.interop.keras.inner import flattened, in_order
from kc.interop.keras.models import KerasModel, Part, Place, Value
from kc.interop.keras.values import RefusedError
from kc.library.attending import Attending
from kc.library.layer import Item, write_item
from kc.library.layers.bidirectional import Bidirectional
from kc.library.recurrent import Recurrent

_RESERVED = {"input", "previous"}
_LONGEST = 56  # of 64 characters, so that a number fits behind


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer with its names in Keras's files and in kc."""

    name: str
    """The layer's name in Keras."""
    place: Place
    """Where files of Keras keep it."""
    scope: str
    """Where kc keeps it."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A spec's section ``model``, and the layers that it was made of."""

    model: Mapping[str, Any]
    leaves: Sequence[Leaf]
    """In the order of Keras."""
    outputs: Mapping[str, str]
    """What kc calls each output, by the name it has in Keras."""


def convert(model: KerasModel) -> Converted:
    """The section ``model`` of a spec that computes what a model of Keras computes.

    Raises:
        RefusedError: when kc cannot write it.
    """
    places = [part.place for part in _all_parts(model)]
    model = flattened(model)
    shared = _Shared()
    names = _Names()
    inputs: dict[str, Any] = {}
    for name in model.inputs:
        part = next((p for p in model.parts if p.name == name), None)
        if part is None or part.shape is None:
            raise RefusedError(codes.FOREIGN_FILE, f"the model has no input `{name[:80]}`")
        called = names.fresh(name)
        names.values[Value(name)] = called
        shape = list(part.shape)
        inputs[called] = shape if part.dtype == "float32" else {"shape": shape, "dtype": part.dtype}
    single = next(iter(inputs)) if len(inputs) == 1 else None
    items = _items(model, names, shared, single, "")
    section: dict[str, Any] = {"inputs": inputs}
    if shared.parts:
        section["shared"] = shared.parts
    section["layers"] = items
    outputs, written = _outputs(model, names)
    section |= written
    order = {place: number for number, place in enumerate(places)}
    leaves = sorted(shared.leaves, key=lambda leaf: order[leaf.place])
    return Converted(section, leaves, outputs)


def _all_parts(model: KerasModel) -> Iterator[Part]:
    """All parts of a model and of those inside, as Keras goes through them."""
    for part in model.parts:
        yield part
        if part.model is not None:
            yield from _all_parts(part.model)


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

    def give(self, part: Part, number: int, name: str) -> str:
        """Note what a call returns as results of this item; the first of them."""
        results = [f"{name}.{result}" for result in part.layer.parts()] if part.layer else []
        for result, called in enumerate(results or [name]):
            self.values[Value(part.name, number, result)] = called
        self.last = name
        return results[0] if results else name

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
    model: KerasModel, names: _Names, shared: _Shared, previous: str | None, scope: str
) -> list[Any]:
    """The list of items for a model, in an order in which each stands below what it takes."""
    used: dict[str, str] = {}
    items: list[Any] = []
    for part, number in in_order(model):
        if part.name not in used and _is_shared(part):
            used[part.name] = _share(part, shared)
        item = Item(layer=part.layer)
        kind = part.layer.kind if part.layer else "layer"
        wanted: str | None = part.name
        if part.name in used:
            item = Item(use=used[part.name])
            kind, wanted = used[part.name], None
        name, is_written = names.given(kind, wanted)
        inputs = _inputs(part, [names.values[value] for value in part.calls[number]])
        values: dict[str, Any] = {"name": name if is_written else None}
        values["trainable"] = part.is_trainable
        values["inputs"] = None if inputs == (previous,) else inputs
        values["precision"] = None if part.precision == "float32" else part.precision
        items.append(write_item(item.model_copy(update=values)))
        previous = names.give(part, number, name)
        if part.name not in used and number == 0:
            shared.leaves.append(Leaf(part.name, part.place, scope + name))
    if not items:
        raise RefusedError(codes.FOREIGN_LAYER, "the model has no layers")
    return items


def _is_shared(part: Part) -> bool:
    """Whether several items have to use the same weights."""
    joins = any(len(call) > 1 for call in part.calls)
    has_weights = isinstance(part.layer, Attending | Recurrent | Bidirectional) or not joins
    return part.model is not None or (len(part.calls) > 1 and has_weights)


def _inputs(part: Part, inputs: Sequence[str]) -> tuple[str, ...]:
    """What an item takes. kc's attention takes what is said twice in Keras once."""
    if isinstance(part.layer, Attending) and len(inputs) > 1 and len(set(inputs[1:])) == 1:
        alone = part.layer.arity[0] == 1 and len(set(inputs)) == 1
        return tuple(inputs[: 1 if alone else 2])
    return tuple(inputs)


def _share(part: Part, shared: _Shared) -> str:
    """Make a shared part of a layer that is called several times, or of a model inside."""
    name = shared.names.fresh(part.name)
    if part.model is None:
        assert part.layer is not None
        if part.layer.parts():
            raise RefusedError(
                codes.FOREIGN_LAYER,
                f"layer `{part.name[:80]}` has several results and is called several times",
            )
        if any(len(call) > 1 for call in part.calls):
            raise RefusedError(
                codes.FOREIGN_LAYER,
                f"layer `{part.name[:80]}` takes several inputs and is called several times",
            )
        shared.parts[name] = [write_item(Item(layer=part.layer))]
        shared.leaves.append(Leaf(part.name, part.place, f"{name}/{part.layer.kind}"))
        return name
    names = _Names({Value(part.model.inputs[0]): "input"}, {"input"})
    shared.parts[name] = []  # before those inside of it
    shared.parts[name] = _items(part.model, names, shared, "input", f"{name}/")
    return name


def _outputs(model: KerasModel, names: _Names) -> tuple[Mapping[str, str], dict[str, Any]]:
    """What kc calls each output, by its own name in Keras or that of its layer; and the key
    ``outputs``, where the last item is not the only output.
    """  # noqa: D205
    missing = next((value for value in model.outputs if value not in names.values), None)
    if missing is not None or not model.outputs:
        raise RefusedError(codes.FOREIGN_FILE, "the model returns what no layer gives")
    items = [names.values[value] for value in model.outputs]
    made = _Names()
    called = [made.fresh(name) for name in model.output_names or items]
    theirs = model.output_names or [value.layer.rpartition("/")[2] for value in model.outputs]
    outputs = dict(zip(theirs, called, strict=True))
    if called != items or model.output_names is not None:
        return outputs, {"outputs": dict(zip(called, items, strict=True))}
    if len(items) > 1:
        return outputs, {"outputs": items}
    return outputs, {} if items[0] == names.last else {"outputs": items[0]}
