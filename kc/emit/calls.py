"""Words of calls: settings, and the comment above that says where a node was written."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import cast

from kc.core.program import Call, Step
from kc.core.types import TensorType
from kc.emit.layout import Brackets, Code
from kc.emit.names import comment, value
from kc.emit.sources import Sources


def settings(call: Call, sources: Sources) -> list[Code]:
    """Keyword arguments, without those that say what the function's defaults say."""
    declared = inspect.signature(call.function).parameters
    defaults = {name: repr(parameter.default) for name, parameter in declared.items()}
    return [
        _setting(f"{name}=", setting, sources)
        for name, setting in call.settings.items()
        if repr(setting) != defaults.get(name)
    ]


def _setting(target: str, setting: object, sources: Sources) -> Code:
    """A setting behind ``name=``; a call among the settings is a function with some filled in."""
    if isinstance(setting, Call):
        name = sources.name_of(setting.function)
        filled = settings(setting, sources)
        return Brackets(f"{target}partial(", (name, *filled), ")") if filled else target + name
    if isinstance(setting, tuple):
        listed = cast("tuple[object, ...]", setting)
        if len(listed) > 1 or any(isinstance(item, Call) for item in listed):
            items = [_setting("", item, sources) for item in listed]
            return Brackets(f"{target}(", items, ")")
    return target + value(setting, sources.name_of)


def place_name(path: str) -> str:
    """The file without its folders."""
    return path.replace("\\", "/").rpartition("/")[2]


def type_name(kind: TensorType) -> str:
    shape = f"({', '.join(['batch', *map(str, kind.shape)])}{',' * (not kind.shape)})"
    return shape if kind.is_float else f"{kind.dtype} {shape}"


def heading(step: Step, types: Mapping[str, TensorType], shapes: bool) -> str:
    """A comment that says where a node was written, and the shape that it makes."""
    place = place_name(step.span.file_line) if step.span else ""
    made = f"-> {type_name(types[step.node])}" if shapes else ""
    return comment(f"{place} {made}".strip()) if place or made else ""
