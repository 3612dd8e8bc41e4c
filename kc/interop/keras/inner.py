"""Models inside of models: which of them a list of kc can hold, and the others written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kc.core import codes
from kc.interop.keras.models import KerasModel, Part, Value
from kc.interop.keras.values import RefusedError


def flattened(model: KerasModel) -> KerasModel:
    """The same model, whose inner models are all lists: one input, and the last item is the output.

    The layers of another one stand in its place, and are called wherever it was.
    """
    parts: list[Part] = []
    moved: dict[Value, Value] = {}
    for part in model.parts:
        if part.model is None:
            parts.append(part)
            continue
        inner = flattened(part.model)
        if is_list(inner):
            parts.append(replace(part, model=inner))
        else:
            parts += _written_out(part, inner, moved)

    def found(value: Value) -> Value:
        while value in moved:
            value = moved[value]
        return value

    parts = [
        replace(part, calls=[[found(value) for value in call] for call in part.calls])
        for part in parts
    ]
    return replace(model, parts=parts, outputs=[found(value) for value in model.outputs])


def _written_out(part: Part, inner: KerasModel, moved: dict[Value, Value]) -> Iterator[Part]:
    """The layers of an inner model, called as often as it is; ``moved`` learns its values."""
    counts = {own.name: len(own.calls) for own in inner.parts}
    for number, call in enumerate(part.calls):
        if len(call) != len(inner.inputs):
            raise RefusedError(
                codes.FOREIGN_LAYER,
                f"the inner model `{part.name[:80]}` is called with {len(call)} inputs",
            )
        for name, value in zip(inner.inputs, call, strict=True):
            moved[_value_of(part, Value(name), number, counts)] = value
        for result, value in enumerate(inner.outputs):
            moved[Value(part.name, number, result)] = _value_of(part, value, number, counts)
    for own in inner.parts:
        if own.shape is None:
            calls = [
                [_value_of(part, value, number, counts) for value in call]
                for number in range(len(part.calls))
                for call in own.calls
            ]
            trainable = own.is_trainable and part.is_trainable
            name = f"{part.name}/{own.name}"
            yield replace(own, name=name, calls=calls, is_trainable=trainable)


def _value_of(part: Part, value: Value, number: int, counts: Mapping[str, int]) -> Value:
    """A value of an inner model in one of its calls, as a value of the outer model."""
    call = number * max(counts.get(value.layer, 1), 1) + value.call
    return Value(f"{part.name}/{value.layer}", call, value.result)


def is_list(model: KerasModel) -> bool:
    """Whether one input goes in and the last item comes out."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return False
    *_, (last, number) = [(None, 0), *in_order(model)]
    several = last is not None and last.layer is not None and bool(last.layer.parts())
    return last is not None and not several and model.outputs[0] == Value(last.name, number)


def in_order(model: KerasModel) -> Sequence[tuple[Part, int]]:
    """All calls, each after those whose values it takes.

    Raises:
        RefusedError: when a layer takes what nothing gives.
    """
    pending = [
        (part, number)
        for part in model.parts
        if part.shape is None
        for number in range(len(part.calls))
    ]
    known = {(name, 0) for name in model.inputs}
    found: list[tuple[Part, int]] = []
    while pending:
        later: list[tuple[Part, int]] = []
        for part, number in pending:
            call = part.calls[number]
            if call and all((value.layer, value.call) in known for value in call):
                known.add((part.name, number))
                found.append((part, number))
            else:
                later.append((part, number))
        if len(later) == len(pending):
            raise RefusedError(
                codes.FOREIGN_FILE, f"layer `{later[0][0].name[:80]}` takes what nothing gives"
            )
        pending = later
    return found
