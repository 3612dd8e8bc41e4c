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
from kc.core.types import Precision
from kc.interop.keras.facts import NEUTRAL, UNWRAPPED, class_name, kinds, module_of
from kc.library.activations import Activation

_SUFFIXES = {
    "_initializer": "initializer",
    "_regularizer": "regularizer",
    "_constraint": "constraint",
    "activation": "activation",
    "layer": "layer",
    "cell": "cell",
    "cells": "cell",
    "learning_rate": "schedule",
}
"""Families of the arguments that hold an entry, by the end of their names."""
_SAYS_ALL = {"text_vectorization"}
"""Entries whose arguments Keras wants to find, those of null too."""
_BESIDE = {"exclude_from_weight_decay"}
"""Arguments that no configuration of Keras holds."""
_OF_CALLS = {"use_causal_mask"}
"""Arguments of layers that are arguments of calls in Keras."""
_PRECISIONS: Mapping[str, Precision] = {
    "mixed_bfloat16": "bfloat16", "bfloat16": "bfloat16",
    "mixed_float16": "float16", "float16": "float16",
}  # fmt: skip
_POLICIES = {"bfloat16": "mixed_bfloat16", "float16": "mixed_float16", "float32": "float32"}
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
    for key, value in adapted(cls.kind, config).items():
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
    if isinstance(value, list):
        return tuple(entry(family, item) for item in cast("list[object]", value))
    return entry(family, value)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        raise RefusedError(
            codes.FOREIGN_ARGUMENT, "an argument holds an object that kc does not read"
        )
    if isinstance(value, float) and float(np.float32(value)) == value:
        return float(str(np.float32(value)))  # 0.001 went through float32 as 0.0010000000474974513
    return tuple(map(_plain, cast("list[object]", value))) if isinstance(value, list) else value


def adapted(kind: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """A configuration whose arguments say what they say in kc."""
    match kind:
        case "discretization" if config.get("bin_boundaries") is not None:
            # Keras keeps how many bins it was told to find.
            return {k: v for k, v in config.items() if k != "num_bins"}
        case "batch_normalization" if isinstance(config.get("axis"), list):
            # Keras 2 wrote a list, which always had one axis.
            axes = cast("list[Any]", config["axis"])
            return {**config, "axis": axes[0] if len(axes) == 1 else axes}
        case "bidirectional":
            return _one_layer_if_equal(config)
        case "integer_lookup" | "string_lookup":
            return {**config, "vocabulary": _without_special(config)}
        case _:
            return config


def _one_layer_if_equal(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the layer backward where it is the one forward, turned round."""

    def said(key: str) -> object:
        inner = dict(opened(config[key], "layer")[1])
        return {k: v for k, v in inner.items() if k not in {"name", "go_backwards", "dtype"}}

    if config.get("backward_layer") is None or said("layer") != said("backward_layer"):
        return config
    return {k: v for k, v in config.items() if k != "backward_layer"}


def _without_special(config: Mapping[str, Any]) -> object:
    """A vocabulary without the tokens that Keras may list in front of it."""
    vocabulary = config.get("vocabulary")
    if not isinstance(vocabulary, list):
        return vocabulary
    tokens = cast("list[Any]", vocabulary)
    mask = config.get("mask_token")
    special = [] if mask is None or config.get("output_mode", "int") != "int" else [mask]
    special += [config.get("oov_token")] * int(config.get("num_oov_indices", 1))
    words = [str(token) for token in special]
    listed = [str(token) for token in tokens[: len(special)]] == words
    tokens = tokens[len(special) :] if listed else tokens
    if isinstance(config.get("oov_token"), int):
        return [int(token) for token in tokens]
    return tokens


def precision_of(policy: object) -> Precision:
    """What a layer with this dtype policy computes in."""
    if isinstance(policy, dict):
        name, config = opened(cast("object", policy), "dtype policy")
        policy = config.get("name", name) if name in {"DTypePolicy", "Policy"} else name
    if policy is None or policy in {
        "float32",
        "float64",
        "int32",
        "int64",
        "uint8",
        "bool",
        "string",
    }:
        return "float32"
    if isinstance(policy, str) and policy in _PRECISIONS:
        return _PRECISIONS[policy]
    raise RefusedError(codes.FOREIGN_ARGUMENT, f"kc does not compute in `{_short(policy)}`")


def policy_of(precision: Precision) -> str:
    """What Keras calls a precision."""
    return _POLICIES[precision]


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
    name = class_name(found.kind, found.family)
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
    fields = type(found).model_fields
    for name in _BESIDE & set(fields):
        if getattr(found, name):
            raise RefusedError(codes.NOT_EXPORTED, f"Keras cannot hold `{name}`")
    says_all = found.kind in _SAYS_ALL
    written = {
        name: _value(name, getattr(found, name))
        for name, field in fields.items()
        if name not in _OF_CALLS | _BESIDE
        and (getattr(found, name) is not None or field.default is not None or says_all)
    }
    if found.kind == "random_shear":
        written |= {name: _shear(name, written[name]) for name in ("x_factor", "y_factor")}
    name = UNWRAPPED.get(found.kind)
    return {**written, name: written[name][0]} if name else written


def _shear(name: str, factor: Any) -> Any:
    """A range as Keras takes it: one number for both directions, or two that are not negative."""
    if not isinstance(factor, list) or factor[0] >= 0:
        return factor
    low, high = cast("list[float]", factor)
    if low == -high:
        return high
    raise RefusedError(codes.NOT_EXPORTED, f"Keras cannot hold `{name}: [{low}, {high}]`")


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
