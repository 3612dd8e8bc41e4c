"""A model of Keras as its configuration describes it: layers, and what each is called on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from kc.core import codes
from kc.core.types import DType, Precision
from kc.interop.foreign import Foreign
from kc.interop.keras.facts import ALIASES, UNMAPPED, Numbered, kinds
from kc.interop.keras.learnt import learnt
from kc.interop.keras.values import RefusedError, build_entry, opened, precision_of
from kc.library.layer import Layer

MOST_LAYERS = 5000
MOST_LEVELS = 16
_MODELS = {"Sequential", "Functional", "Model"}
_TYPES: Mapping[str, DType] = {
    **dict.fromkeys(("float32", "float64", "float16", "bfloat16"), "float32"),
    "int32": "int32", "int64": "int32", "uint8": "uint8", "bool": "bool", "string": "string",
}  # fmt: skip
_TENSORS = ("query", "inputs", "sequences", "value", "key", "initial_state", "count_weights")
"""Arguments of calls that are tensors, in the order in which kc takes them."""
_SILENT: Mapping[str, tuple[object, ...]] = {
    # What Keras passes by itself; the mode of the whole model counts instead.
    "training": (None, False, True),
    "mask": (None, [None, None], [None, None, None]),
    "return_attention_scores": (False,),
    "use_causal_mask": (False,),
}
"""Arguments of calls that change nothing with these values."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a call returns, or one of several results of it."""

    layer: str
    call: int = 0
    result: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where files keep the weights of a layer."""

    group: str
    """In weight files of Keras 3: ``layers/dense_1``."""
    top: str
    """In older files: the layer of the outermost model that it is, or is part of."""


@dataclass(frozen=True, slots=True)
class Part:
    """A layer, an input, or a model inside of a model."""

    name: str
    class_name: str
    place: Place
    calls: Sequence[Sequence[Value]]
    """The inputs of each call; none for an input of the model."""
    layer: Layer | None = None
    model: KerasModel | None = None
    shape: tuple[int | None, ...] | None = None
    dtype: DType = "float32"
    is_trainable: bool = True
    precision: Precision = "float32"


@dataclass(frozen=True, slots=True)
class KerasModel:
    """The parts of a model in the order of its file."""

    name: str
    parts: Sequence[Part]
    inputs: Sequence[str]
    outputs: Sequence[Value]
    output_names: Sequence[str] | None = None
    """What the outputs are called, where the model returns a map."""


def model_of(file: Foreign) -> tuple[KerasModel, Mapping[str, Any]]:
    """The model that the configuration in a file describes, and how it was compiled.

    Raises:
        RefusedError: naming the first part that kc does not have.
    """
    try:
        value = json.loads(file.config or "")
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
    model = _Reader(file).model(name, config, Place("", ""))
    return model, compiled if isinstance(compiled, dict) else {}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the models of one file, which may lie in each other."""

    file: Foreign

    def model(self, class_name: str, config: Mapping[str, Any], place: Place) -> KerasModel:
        """A model with its weights at this place; ``""`` for the outermost."""
        if place.group.count("/layers") >= MOST_LEVELS:
            raise RefusedError(codes.FOREIGN_FILE, "models are nested too deeply")
        listed = config.get("layers")
        if not isinstance(listed, list) or not 0 < len(cast("list[Any]", listed)) <= MOST_LAYERS:
            raise RefusedError(
                codes.FOREIGN_FILE, "a model without a list of layers, or with too many"
            )
        objects = cast("list[Any]", listed)
        places = self.places(objects, place)
        if class_name == "Sequential":
            return self.sequential(config, objects, places)
        parts = [
            self.part(value, where, _calls(value))
            for value, where in zip(objects, places, strict=True)
        ]
        _check_names(parts)
        outputs = config.get("output_layers")
        return KerasModel(
            str(config.get("name", "model")),
            parts,
            [value.layer for value in _values(config.get("input_layers"))],
            _without_first_call(_values(outputs), parts),
            sorted(cast("dict[str, Any]", outputs)) if isinstance(outputs, dict) else None,
        )

    def places(self, objects: Sequence[Any], place: Place) -> Sequence[Place]:
        """Where each layer of a model has its weights: groups are numbered by class."""
        numbered = Numbered()
        groups = [f"{place.group}/layers" if place.group else "layers"] * len(objects)
        groups = [
            f"{group}/{numbered.next(opened(value, 'layer')[0])}"
            for group, value in zip(groups, objects, strict=True)
        ]
        return [
            Place(group, place.top or _name(value))
            for group, value in zip(groups, objects, strict=True)
        ]

    def sequential(
        self, config: Mapping[str, Any], objects: Sequence[Any], places: Sequence[Place]
    ) -> KerasModel:
        parts: list[Part] = []
        if opened(objects[0], "layer")[0] != "InputLayer":
            parts.append(_first_input(objects[0], config))
        for value, place in zip(objects, places, strict=True):
            calls = [(Value(parts[-1].name),)] if parts else []
            parts.append(self.part(value, place, calls))
        _check_names(parts)
        name = str(config.get("name", "model"))
        return KerasModel(name, parts, [parts[0].name], [Value(parts[-1].name)])

    def part(self, value: Any, place: Place, calls: Sequence[Sequence[Value]]) -> Part:
        class_name, config = opened(value, "layer")
        name = _name(value)
        try:
            if class_name == "InputLayer":
                return _input(name, config, place)
            trainable = config.get("trainable", True) is not False
            if class_name in _MODELS:
                model = self.model(class_name, config, place)
                return Part(name, class_name, place, calls, model=model, is_trainable=trainable)
            return Part(
                name,
                class_name,
                place,
                calls,
                layer=self.layer(class_name, config, place, value),
                is_trainable=trainable,
                precision=precision_of(config.get("dtype")),
            )
        except RefusedError as refusal:
            if refusal.message.startswith("layer "):
                raise
            raise RefusedError(
                refusal.code, f"layer `{name[:80]}`: {refusal.message}", refusal.help
            ) from None

    def layer(self, class_name: str, config: Mapping[str, Any], place: Place, value: Any) -> Layer:
        found = kinds("layer").get(ALIASES.get(class_name, class_name))
        if found is None:
            raise RefusedError(codes.FOREIGN_LAYER, f"kc has no layer `{class_name[:80]}`",
                          "build the model without it and save it again")  # fmt: skip
        if found.kind in UNMAPPED:
            message = f"kc has another `{class_name}` than Keras"
            raise RefusedError(codes.FOREIGN_LAYER, message, UNMAPPED[found.kind])
        arguments = {k: v for k, v in config.items() if k not in {"trainable", "dtype"}}
        if config.get("trainable", True) is False:
            arguments = _without_trainable(arguments)
        arguments |= _arguments_of_calls(value)
        built = value.get("build_config")
        arguments |= learnt(self.file, found.kind, config, place.group, place.top, built)
        return cast("Layer", build_entry(found, arguments))


def _name(value: Any) -> str:
    class_name, config = opened(value, "layer")
    name = config.get("name") or value.get("name")
    if not isinstance(name, str):
        raise RefusedError(codes.FOREIGN_FILE, f"a `{class_name[:80]}` has no name")
    return name


def _without_first_call(values: Sequence[Value], parts: Sequence[Part]) -> list[Value]:
    """Values of outputs. For these Keras counts the making of an inner model as its first call."""
    made = {part.name for part in parts if part.model and part.class_name != "Sequential"}
    return [
        replace(value, call=value.call - 1) if value.layer in made else value for value in values
    ]


def _without_trainable(value: Any) -> Any:
    """Layers inside of a layer that is not trained are not trained either, and say so again."""
    if isinstance(value, dict):
        plain = cast("dict[str, Any]", value)
        return {k: _without_trainable(v) for k, v in plain.items() if k != "trainable"}
    return (
        [*map(_without_trainable, cast("list[Any]", value))] if isinstance(value, list) else value
    )


def _first_input(value: Any, config: Mapping[str, Any]) -> Part:
    """The input of a sequential model that begins with another layer."""
    inner = opened(value, "layer")[1]
    for shape in (inner.get("batch_input_shape"), inner.get("batch_shape"),
                  config.get("build_input_shape")):  # fmt: skip
        if isinstance(shape, list):
            return Part("input_layer", "InputLayer", Place("", ""), [],
                        shape=_shape(cast("list[Any]", shape)),
                        dtype=_TYPES.get(str(inner.get("dtype")), "float32"))  # fmt: skip
    raise RefusedError(
        codes.FOREIGN_LAYER, "the model does not say the shape of its input",
        "build it, or begin it with an Input, and save it again",
    )  # fmt: skip


def _check_names(parts: Sequence[Part]) -> None:
    names = [part.name for part in parts]
    if len(set(names)) != len(names):
        raise RefusedError(codes.FOREIGN_FILE, "two layers have the same name")


def _input(name: str, config: Mapping[str, Any], place: Place) -> Part:
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    dtype = config.get("dtype", "float32")
    if not isinstance(shape, list) or not isinstance(dtype, str) or dtype not in _TYPES:
        raise RefusedError(
            codes.FOREIGN_ARGUMENT, f"an input of type {dtype!s:.40} and shape {shape!s:.60}"
        )
    inside = _shape(cast("list[Any]", shape))
    return Part(name, "InputLayer", place, [], shape=inside, dtype=_TYPES[dtype])


def _shape(batch_shape: Sequence[Any]) -> tuple[int | None, ...]:
    """The shape without the batch, with None where only the data know a size."""
    shape = batch_shape[1:]
    if any(size is not None and (type(size) is not int or size < 1) for size in shape):
        message = f"an input of shape {list(batch_shape)!s:.80}"
        raise RefusedError(codes.FOREIGN_ARGUMENT, message, "sizes are whole numbers from 1 on")
    return tuple(shape)


# What layers are called on


def _nodes(value: Any) -> list[Any]:
    nodes = value.get("inbound_nodes", []) if isinstance(value, dict) else []
    if not isinstance(nodes, list):
        raise RefusedError(codes.FOREIGN_FILE, "the calls of a layer are no list")
    return cast("list[Any]", nodes)


def _calls(value: Any) -> list[list[Value]]:
    return [list(_call(node)) for node in _nodes(value)]


def _call(node: Any) -> Iterator[Value]:
    """The values that one call takes; as Keras 3 writes it, or as Keras 2 does."""
    match node:
        case {"args": args}:
            yield from _tensors(args)
        case [str(), int(), int(), *_]:
            yield _value(node[:3])
        case [*references]:
            for reference in references:
                if not isinstance(reference, list):
                    raise RefusedError(codes.FOREIGN_FILE, "a call of a layer cannot be read")
                yield _value(cast("list[Any]", reference)[:3])
        case _:
            raise RefusedError(codes.FOREIGN_FILE, "a call of a layer cannot be read")
    arguments = _keywords(node)
    for name in _TENSORS:
        if arguments.get(name) is not None:
            yield from _tensors(arguments[name])


def _keywords(node: Any) -> dict[str, Any]:
    """The arguments of a call by name."""
    match node:
        case {"kwargs": dict(found)}:
            return found
        case [*references]:
            found: dict[str, Any] = {}
            for reference in (node, *references):
                match reference:
                    case [str(), int(), int(), dict(more)]:
                        found |= cast("dict[str, Any]", more)
                    case _:
                        pass
            return found
        case _:
            return {}


def _arguments_of_calls(value: Any) -> dict[str, Any]:
    """What calls say that is an argument of the layer in kc: ``use_causal_mask``."""
    calls = [_keywords(node) for node in _nodes(value)]
    for call in calls:
        for key, argument in call.items():
            known = key in _TENSORS or key == "use_causal_mask"
            if argument is not None and not known and argument not in _SILENT.get(key, ()):
                raise RefusedError(
                    codes.FOREIGN_ARGUMENT, f"a call has the argument `{str(key)[:80]}`"
                )
    causal = {call.get("use_causal_mask") or False for call in calls}
    if len(causal) > 1:
        raise RefusedError(codes.FOREIGN_ARGUMENT, "calls differ in `use_causal_mask`")
    return {"use_causal_mask": True} if True in causal else {}


def _tensors(value: Any) -> Iterator[Value]:
    match value:
        case [str(), int(), int()]:
            yield _value(value)
        case list():
            for item in cast("list[Any]", value):
                yield from _tensors(item)
        case {"class_name": "__keras_tensor__", "config": {"keras_history": history}}:
            yield _value(history)
        case dict() if "class_name" not in value:
            # Keras takes the parts of a map in the order of their names.
            for _, item in sorted(cast("dict[str, Any]", value).items()):
                yield from _tensors(item)
        case _:
            raise RefusedError(codes.FOREIGN_ARGUMENT, "a layer is called on what is no tensor")


def _value(reference: Any) -> Value:
    match reference:
        case [str(name), int(call), int(result)]:
            return Value(name, call, result)
        case _:
            raise RefusedError(codes.FOREIGN_FILE, "a reference to a layer cannot be read")


def _values(references: Any) -> list[Value]:
    """One reference, a list of them, as ``[["x", 0, 0], ["y", 0, 0]]``, or a map."""
    match references:
        case [str(), *_]:
            return [_value(references)]
        case list():
            return [value for item in cast("list[Any]", references) for value in _values(item)]
        case dict():
            named = cast("dict[str, Any]", references)
            return [value for _, item in sorted(named.items()) for value in _values(item)]
        case _:
            raise RefusedError(codes.FOREIGN_FILE, "inputs or outputs of a model cannot be read")
