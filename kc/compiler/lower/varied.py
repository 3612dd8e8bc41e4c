"""Programs that differ in numbers alone, as one program of these numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from kc.core.lazy import np
from kc.core.program import Call, Program, TrainingProgram
from kc.core.types import Weight

if TYPE_CHECKING:
    from jax import Array

_SILENT = {"span"}
"""Fields that change nothing of what a program computes."""


@dataclass(frozen=True, slots=True)
class Knob:
    """The place of a number in which programs differ."""

    number: int
    """Its column among the values."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """An initializer whose call may hold numbers that are traced."""

    call: Call

    def lower(self) -> Call:
        return self.call


@dataclass(frozen=True, slots=True)
class Varied:
    """Several programs as one."""

    template: TrainingProgram
    """A program with knobs in the places of the numbers that differ."""
    values: np.ndarray
    """These numbers, float32 (programs, knobs)."""

    def at(self, values: Array | np.ndarray | Sequence[float]) -> TrainingProgram:
        """The program with these numbers (knobs,), which may be traced."""
        return cast("TrainingProgram", _set(self.template, values))


def vary(programs: Sequence[TrainingProgram]) -> Varied | None:
    """The programs as one; None where more than numbers differs.

    Floats may differ, but for those that a call branches on. Of functions of plugins nobody knows
    that, so all of their settings have to agree. Places in the text do not count.
    """
    columns = _Columns()
    try:
        template = columns.merge(programs)
    except _DifferError:
        return None
    values = np.array(columns.found, np.float32).reshape(-1, len(programs)).T
    return Varied(template, values)


def alike(programs: Sequence[TrainingProgram]) -> list[list[int]]:
    """Numbers of the programs in groups, each of which ``vary`` takes, in order."""
    groups: list[list[int]] = []
    for number, program in enumerate(programs):
        fits = (group for group in groups if vary([programs[group[0]], program]) is not None)
        group = next(fits, None)
        if group is None:
            groups.append([number])
        else:
            group.append(number)
    return groups


class _DifferError(Exception):
    """Parts of programs that differ in more than numbers."""


@dataclass(slots=True)
class _Columns:
    """Lays parts of programs over one another; gathers the numbers in which they differ."""

    found: list[Sequence[float]] = field(default_factory=list[Sequence[float]])

    def merge(self, parts: Sequence[Any], fixed: bool = False) -> Any:
        """The parts as one, with knobs where floats differ, which fixed ones must not."""
        first = parts[0]
        if any(type(part) is not type(first) for part in parts):
            raise _DifferError
        match first:
            case float():
                return self._number(parts, fixed)
            case Call():
                return self._call(parts, fixed)
            case Weight():
                return self._fields([_bare(weight) for weight in parts], fixed)
            case Mapping():
                return self._mapping(parts, fixed)
            case tuple():
                _agree([len(part) for part in parts])
                return tuple(self.merge(column, fixed) for column in zip(*parts, strict=True))
            case _ if dataclasses.is_dataclass(first):
                return self._fields(parts, fixed)
            case _:
                _agree(parts)
                return first

    def _number(self, parts: Sequence[float], fixed: bool) -> float | Knob:
        if all(part == parts[0] for part in parts):
            return parts[0]
        if fixed:
            raise _DifferError
        self.found.append(parts)
        return Knob(len(self.found) - 1)

    def _call(self, parts: Sequence[Call], fixed: bool) -> Call:
        first = parts[0]
        _agree([part.function for part in parts])
        _agree([list(part.settings) for part in parts])
        known = first.function.__module__.startswith("kc.")
        settings = {
            name: self.merge(
                [part.settings[name] for part in parts],
                fixed or not known or name in first.branching,
            )
            for name in first.settings
        }
        return Call(first.function, **settings).branches_on(*first.branching)

    def _mapping(self, parts: Sequence[Mapping[Any, Any]], fixed: bool) -> Mapping[Any, Any]:
        # In order: it is that in which weights are drawn.
        _agree([list(part) for part in parts])
        return {key: self.merge([part[key] for part in parts], fixed) for key in parts[0]}

    def _fields(self, parts: Sequence[Any], fixed: bool) -> Any:
        merged: dict[str, Any] = {}
        for own in dataclasses.fields(parts[0]):
            if own.name not in _SILENT:
                # What runs on the host is not traced.
                on_host = isinstance(parts[0], Program) and own.name == "host"
                column = [getattr(part, own.name) for part in parts]
                merged[own.name] = self.merge(column, fixed or on_host)
        return replace(parts[0], **merged)


def _agree(parts: Sequence[Any]) -> None:
    if any(part != parts[0] for part in parts):
        raise _DifferError


def _bare(weight: Weight) -> Weight:
    """A weight without what a training program has lowered elsewhere."""
    init = Lowered(cast("Any", weight.init).lower())
    return replace(weight, init=init, regularizer=None, constraint=None)


def _set(part: Any, values: Array | np.ndarray | Sequence[float]) -> Any:
    """A part of a template with numbers in the places of knobs."""

    def inside(part: Any) -> Any:
        return _set(part, values)

    match part:
        case Knob(number):
            return values[number]
        case Call():
            settings = _each(part.settings, inside)
            return Call(part.function, **settings).branches_on(*part.branching)
        case Mapping():
            return _each(cast("Mapping[Any, Any]", part), inside)
        case tuple():
            return tuple(map(inside, cast("tuple[Any, ...]", part)))
        case _ if dataclasses.is_dataclass(part) and not isinstance(part, type):
            names = [own.name for own in dataclasses.fields(part) if own.name not in _SILENT]
            return replace(part, **_each({name: getattr(part, name) for name in names}, inside))
        case _:
            return part


def _each(parts: Mapping[Any, Any], change: Callable[[Any], Any]) -> dict[Any, Any]:
    return {key: change(part) for key, part in parts.items()}
