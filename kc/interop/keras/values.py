"""Layers and other entries as Keras writes them: a class name and a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from pydantic import ValidationError

from kc.core import codes
from kc.core.diagnostic import Code
from kc.core.reference import build
from kc.core.registry import Entry, entries
from kc.core.text import did_you_mean, listing
from kc.interop.keras.facts import NEUTRAL, UNWRAPPED, class_name, kinds, module_of
from kc.library.activations import Activation

_SUFFIXES = {
    "_initializer": "initializer",
    "_regularizer": "regularizer",
    "_constraint": "constraint",
    "activation": "activation",
}
"""Families of the arguments that hold an entry, by the end of their names."""
_OBJECT = {"class_name", "config", "module", "registered_name", "build_config", "name",
           "inbound_nodes", "shared_object_id", "compile_config"}  # fmt: skip


class RefusedError(Exception):
    """What kc has no counterpart for. Whoever knows the file and the layer adds them."""

    def __init__(self, code: Code, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


# In


def entry(family: str, value: object) -> Entry:
    """The entry that Keras writes as a word, or as a map of class name and configuration.

    Raises:
        RefusedError: when kc has no such class, or it is written by code outside of Keras.
    """
    if isinstance(value, str):
        found = entries(family).get(value) or kinds(family).get(value)
        if found is None:
            raise RefusedError(codes.FOREIGN_ARGUMENT, f"kc has no {family} `{value[:80]}`",
                          did_you_mean(value, entries(family)))  # fmt: skip
        return build(found, {}, None)
    name, config = opened(value, family)
    found = kinds(family).get(name)
    if found is None:
        raise RefusedError(codes.FOREIGN_ARGUMENT, f"kc has no {family} `{name[:80]}`")
    return build_entry(found, config)


def opened(value: object, family: str) -> tuple[str, Mapping[str, Any]]:
    """Class name and configuration of an object of Keras.

    Raises:
        RefusedError: when it is none, or says that it is defined elsewhere.
    """
    if not isinstance(value, dict):
        raise RefusedError(codes.FOREIGN_FILE, f"a {family} is written as {type(value).__name__}")
    written = cast("dict[str, Any]", value)
    name, config = written.get("class_name"), written.get("config", {})
    if not isinstance(name, str) or not isinstance(config, dict):
        raise RefusedError(codes.FOREIGN_LAYER, f"a {family} without class name and configuration")
    unknown = set(written) - _OBJECT
    if unknown:
        raise RefusedError(codes.FOREIGN_ARGUMENT, f"`{name[:80]}` has {listing(sorted(unknown))}")
    module = written.get("module")
    registered = written.get("registered_name")
    home = isinstance(module, str) and (module == "keras" or module.startswith("keras."))
    if (module is not None and not home) or registered not in {None, name}:
        raise RefusedError(
            codes.FOREIGN_LAYER,
            f"`{name[:80]}` is no class of Keras but of {str(module or registered)[:80]}",
            "nothing in a file is imported by name; write the part as an entry of kc",
        )
    return name, cast("Mapping[str, Any]", config)


def build_entry(cls: type[Entry], config: Mapping[str, Any]) -> Entry:
    """An entry with the arguments of a configuration.

    Raises:
        RefusedError: when one of them is unknown or has no such value here.
    """
    arguments: dict[str, object] = {}
    for key, value in config.items():
        if key in cls.model_fields and key != "name":
            argument, default = _argument(key, value), cls.model_fields[key].default
            is_linear = value == "linear" and default is None
            # What says nothing is left out: some arguments may stand only beside others.
            if not is_linear and (type(argument) is not type(default) or argument != default):
                arguments[key] = argument
        elif key not in NEUTRAL or not _is_neutral(key, value):
            raise RefusedError(
                codes.FOREIGN_ARGUMENT,
                f"{cls.kind} of kc has no `{str(key)[:80]}: {_short(value)}`",
            )
    try:
        return cls.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RefusedError(
            codes.FOREIGN_ARGUMENT, f"{cls.kind} of kc cannot take `{where}`: {first['msg']}"
        ) from None


def _argument(key: str, value: object) -> object:
    family = next((f for suffix, f in _SUFFIXES.items() if key.endswith(suffix)), None)
    if family is None or value is None or isinstance(value, bool | int | float):
        return _plain(value)
    return entry(family, value)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        raise RefusedError(
            codes.FOREIGN_ARGUMENT, "an argument holds an object that kc does not read"
        )
    if isinstance(value, float) and float(np.float32(value)) == value:
        return float(str(np.float32(value)))  # 0.001 went through float32 as 0.0010000000474974513
    return tuple(map(_plain, cast("list[object]", value))) if isinstance(value, list) else value


def _is_neutral(key: str, value: object) -> bool:
    allowed = NEUTRAL[key]
    if key == "dtype" and isinstance(value, dict):
        name, config = opened(cast("object", value), "dtype policy")
        return name in {"DTypePolicy", "Policy"} and config.get("name") in allowed
    return not allowed or any(value is a or value == a for a in allowed)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# Out


def written(found: Entry) -> dict[str, Any]:
    """An entry as Keras writes it: class and configuration."""
    name = class_name(found.kind)
    if kinds(found.family).get(name) is not type(found):
        raise RefusedError(codes.NOT_EXPORTED, f"Keras has no {found.family} `{found.kind}`")
    return {
        "module": module_of(found.family),
        "class_name": name,
        "config": configuration(found),
        "registered_name": None,
    }


def configuration(found: Entry) -> dict[str, Any]:
    """The arguments of an entry as Keras writes them.

    Raises:
        RefusedError: when Keras cannot hold one of them.
    """
    values = {name: getattr(found, name) for name in type(found).model_fields}
    written = {name: _value(name, value) for name, value in values.items() if value is not None}
    name = UNWRAPPED.get(found.kind)
    return {**written, name: written[name][0]} if name else written


def _value(name: str, value: object) -> Any:
    match value:
        case Activation():
            if value.arguments():
                raise RefusedError(
                    codes.NOT_EXPORTED,
                    f"Keras cannot hold `{value.kind}` with arguments as `{name}`",
                    f"write it as an item of its own: `- {value.kind}: ...`",
                )
            return value.kind
        case Entry():
            return written(value)
        case tuple():
            return [_value(name, item) for item in cast("Sequence[object]", value)]
        case _:
            return value
