"""A model of Keras as its configuration describes it: layers, and what each is called on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from kc.core import codes
from kc.core.types import DType
from kc.interop.keras.facts import kinds
from kc.interop.keras.values import RefusedError, build_entry, opened
from kc.library.layer import Layer

MOST_LAYERS = 5000
MOST_LEVELS = 16
_MODELS = {"Sequential", "Functional", "Model"}
_TYPES: Mapping[str, DType] = {
    "float32": "float32", "int32": "int32", "int64": "int32", "uint8": "uint8", "bool": "bool",
}  # fmt: skip

Value = tuple[str, int]
"""What a call returns: the layer's name and the number of the call."""


@dataclass(frozen=True, slots=True)
class Part:
    """A layer, an input, or a model inside of a model."""

    name: str
    class_name: str
    calls: Sequence[Sequence[Value]]
    """The inputs of each call; none for an input of the model."""
    layer: Layer | None = None
    model: KerasModel | None = None
    shape: tuple[int, ...] | None = None
    dtype: DType = "float32"
    is_trainable: bool = True


@dataclass(frozen=True, slots=True)
class KerasModel:
    """The parts of a model in the order of its file."""

    name: str
    parts: Sequence[Part]
    inputs: Sequence[str]
    outputs: Sequence[Value] | Mapping[str, Value]


def model_of(text: str) -> tuple[KerasModel, Mapping[str, Any]]:
    """The model that a configuration describes, and how it was compiled.

    Raises:
        RefusedError: naming the first part that kc does not have.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise RefusedError(codes.FOREIGN_FILE, "the description of the model is not JSON") from None
    if not isinstance(value, dict):
        raise RefusedError(codes.FOREIGN_FILE, "the description of the model is no map")
    plain = {k: v for k, v in value.items() if k not in {"keras_version", "backend"}}
    name, config = opened(plain, "model")
    if name not in _MODELS:
        raise RefusedError(codes.FOREIGN_LAYER, f"the model is a `{name[:80]}`",
                      "kc reads sequential and functional models")  # fmt: skip
    compiled = plain.get("compile_config")
    return _model(name, config, 0), compiled if isinstance(compiled, dict) else {}


def _model(class_name: str, config: Mapping[str, Any], depth: int) -> KerasModel:
    if depth > MOST_LEVELS:
        raise RefusedError(codes.FOREIGN_FILE, "models are nested too deeply")
    listed = config.get("layers")
    if not isinstance(listed, list) or not 0 < len(cast("list[Any]", listed)) <= MOST_LAYERS:
        raise RefusedError(codes.FOREIGN_FILE, "a model without a list of layers, or with too many")
    objects = cast("list[Any]", listed)
    if class_name == "Sequential":
        return _sequential(config, objects, depth)
    parts = [_part(value, depth, _calls(value)) for value in objects]
    _check_names(parts)
    outputs = config.get("output_layers")
    named = isinstance(outputs, dict)
    given: Any = outputs
    return KerasModel(
        str(config.get("name", "model")),
        parts,
        [value[0] for value in _values(config.get("input_layers"))],
        {str(k): _value(v) for k, v in given.items()} if named else _values(given),
    )


def _sequential(config: Mapping[str, Any], objects: Sequence[Any], depth: int) -> KerasModel:
    parts: list[Part] = []
    for value in objects:
        calls = [((parts[-1].name, 0),)] if parts else []
        part = _part(value, depth, calls)
        if not parts and part.shape is None:
            shape = part_shape(value, config)
            if shape is None:
                raise RefusedError(
                    codes.FOREIGN_LAYER, "the model does not say the shape of its input",
                    "build it, or begin it with an Input, and save it again",
                )  # fmt: skip
            parts.append(Part("input_layer", "InputLayer", [], shape=shape))
            part = _part(value, depth, [(("input_layer", 0),)])
        parts.append(part)
    _check_names(parts)
    return KerasModel(
        str(config.get("name", "model")), parts, [parts[0].name], [(parts[-1].name, 0)]
    )


def part_shape(value: Any, config: Mapping[str, Any]) -> tuple[int, ...] | None:
    """The shape that a sequential model without an input layer was built with."""
    inner = value.get("config", {}) if isinstance(value, dict) else {}
    for shape in (inner.get("batch_input_shape"), config.get("build_input_shape")):
        if isinstance(shape, list):
            return _shape(cast("list[Any]", shape))
    return None


def _check_names(parts: Sequence[Part]) -> None:
    names = [part.name for part in parts]
    if len(set(names)) != len(names):
        raise RefusedError(codes.FOREIGN_FILE, "two layers have the same name")


def _part(value: Any, depth: int, calls: Sequence[Sequence[Value]]) -> Part:
    class_name, config = opened(value, "layer")
    name = config.get("name") or value.get("name")
    if not isinstance(name, str):
        raise RefusedError(codes.FOREIGN_FILE, f"a `{class_name[:80]}` has no name")
    try:
        if class_name == "InputLayer":
            return _input(name, config)
        trainable = config.get("trainable", True) is not False
        if class_name in _MODELS:
            model = _model(class_name, config, depth + 1)
            return Part(name, class_name, calls, model=model, is_trainable=trainable)
        found = kinds("layer").get(class_name)
        if found is None:
            raise RefusedError(codes.FOREIGN_LAYER, f"kc has no layer `{class_name[:80]}`",
                          "build the model without it and save it again")  # fmt: skip
        arguments = {k: v for k, v in config.items() if k != "trainable"}
        layer = cast("Layer", build_entry(found, arguments))
        return Part(name, class_name, calls, layer=layer, is_trainable=trainable)
    except RefusedError as refusal:
        if refusal.message.startswith("layer "):
            raise
        raise RefusedError(
            refusal.code, f"layer `{name[:80]}`: {refusal.message}", refusal.help
        ) from None


def _input(name: str, config: Mapping[str, Any]) -> Part:
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    dtype = config.get("dtype", "float32")
    if not isinstance(shape, list) or dtype not in _TYPES:
        raise RefusedError(
            codes.FOREIGN_ARGUMENT, f"an input of type {dtype!s:.40} and shape {shape!s:.60}"
        )
    return Part(name, "InputLayer", [], shape=_shape(cast("list[Any]", shape)), dtype=_TYPES[dtype])


def _shape(batch_shape: Sequence[Any]) -> tuple[int, ...]:
    shape = batch_shape[1:]
    if any(type(size) is not int or size < 1 for size in shape):
        raise RefusedError(
            codes.FOREIGN_ARGUMENT, f"an input of shape {list(batch_shape)!s:.80}",
            "all axes but the batch need a size; build the model with one",
        )  # fmt: skip
    return tuple(shape)


# What layers are called on


def _calls(value: Any) -> list[list[Value]]:
    nodes = value.get("inbound_nodes", []) if isinstance(value, dict) else []
    if not isinstance(nodes, list):
        raise RefusedError(codes.FOREIGN_FILE, "the calls of a layer are no list")
    return [list(_call(node)) for node in cast("list[Any]", nodes)]


def _call(node: Any) -> Iterator[Value]:
    """The values that one call takes; as Keras 3 writes it, or as Keras 2 does."""
    if isinstance(node, dict):
        call = cast("dict[str, Any]", node)
        arguments = call.get("kwargs")
        for key, value in arguments.items() if isinstance(arguments, dict) else ():
            if value is not None and not (key == "training" and value is False):
                raise RefusedError(
                    codes.FOREIGN_ARGUMENT, f"a call has the argument `{str(key)[:80]}`"
                )
        yield from _tensors(call.get("args"))
        return
    for reference in cast("list[Any]", node) if isinstance(node, list) else [None]:
        if not isinstance(reference, list) or len(cast("list[Any]", reference)) not in {3, 4}:
            raise RefusedError(codes.FOREIGN_FILE, "a call of a layer cannot be read")
        items = cast("list[Any]", reference)
        if len(items) == 4 and items[3]:
            raise RefusedError(codes.FOREIGN_ARGUMENT, "a call of a layer has arguments")
        yield _value(items[:3])


def _tensors(value: Any) -> Iterator[Value]:
    match value:
        case list():
            for item in cast("list[Any]", value):
                yield from _tensors(item)
        case {"class_name": "__keras_tensor__", "config": {"keras_history": history}}:
            yield _value(history)
        case _:
            raise RefusedError(codes.FOREIGN_ARGUMENT, "a layer is called on what is no tensor")


def _value(reference: Any) -> Value:
    match reference:
        case [str(name), int(call), 0]:
            return name, call
        case _:
            raise RefusedError(codes.FOREIGN_FILE, "a reference to a layer cannot be read")


def _values(references: Any) -> list[Value]:
    """One reference, or a list of them, as ``[["x", 0, 0], ["y", 0, 0]]``."""
    if isinstance(references, list) and references and isinstance(references[0], str):
        return [_value(references)]
    if isinstance(references, list):
        return [_value(item) for item in cast("list[Any]", references)]
    raise RefusedError(codes.FOREIGN_FILE, "the inputs or outputs of a model cannot be read")
