"""A model of kc as files that Keras loads."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np

from kc.compiler.graph.graph import Graph
from kc.core import codes
from kc.interop.keras.facts import Numbered, class_name
from kc.interop.keras.layout import KerasLayer, layers_of, leaves_of
from kc.interop.keras.values import RefusedError, configuration
from kc.interop.keras.weights import Weights, owned, paths_of

_VERSION = "3.12.0"  # of Keras, whose form of files this is


def config_json(graph: Graph, name: str) -> str:
    """What ``Model.to_json`` of Keras gives.

    Raises:
        RefusedError: when Keras has no such layer.
    """
    return json.dumps(_model(graph, name))


def _model(graph: Graph, name: str) -> dict[str, Any]:
    layers = layers_of(graph)
    calls = {
        node.name: (layer.name, number)
        for layer in layers
        for number, node in enumerate(layer.nodes)
    }
    calls |= {name: (name, 0) for name in graph.inputs}
    several = next((value for value in graph.outputs.values() if value not in calls), None)
    if several is not None:
        raise RefusedError(
            codes.NOT_EXPORTED, f"kc cannot write `{several}`, one of several results"
        )
    outputs = {name: [*calls[value], 0] for name, value in graph.outputs.items()}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": name.replace("/", "."),
            "trainable": True,
            "layers": [*_inputs(graph), *(_layer(layer, calls, graph) for layer in layers)],
            "input_layers": _one_or_all([[name, 0, 0] for name in graph.inputs]),
            "output_layers": outputs if len(outputs) > 1 else next(iter(outputs.values())),
        },
        "registered_name": "Functional",
    }


def _one_or_all(references: list[list[Any]]) -> Any:
    return references[0] if len(references) == 1 else references


def _inputs(graph: Graph) -> list[dict[str, Any]]:
    return [
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": {
                "batch_shape": [None, *kind.shape],
                "dtype": kind.dtype,
                "sparse": False,
                "name": name,
            },
            "registered_name": None,
            "name": name,
            "inbound_nodes": [],
        }
        for name, kind in graph.inputs.items()
    ]


def _layer(layer: KerasLayer, calls: Mapping[str, tuple[str, int]], graph: Graph) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": class_name(layer.layer.kind),
        "config": {
            "name": layer.name,
            "dtype": "float32",
            # Not every class of Keras takes the argument, and true is what it means without.
            **({} if all(node.trainable for node in layer.nodes) else {"trainable": False}),
            **configuration(layer.layer),
        },
        "registered_name": None,
        "name": layer.name,
        "inbound_nodes": [_call(layer, node.inputs, calls, graph) for node in layer.nodes],
    }


def _call(
    layer: KerasLayer, inputs: Sequence[str], calls: Mapping[str, tuple[str, int]], graph: Graph
) -> dict[str, Any]:
    tensors = [_tensor(value, calls, graph) for value in inputs]
    joined = layer.layer.arity[0] > 1
    if len(tensors) > 1 and not joined:
        raise RefusedError(
            codes.NOT_EXPORTED, f"kc cannot write `{layer.layer.kind}` with several inputs"
        )
    return {"args": [tensors] if joined else tensors, "kwargs": {}}


def _tensor(value: str, calls: Mapping[str, tuple[str, int]], graph: Graph) -> dict[str, Any]:
    kind = graph.type_of(value)
    if kind is None or value not in calls:
        raise RefusedError(codes.NOT_EXPORTED, f"kc cannot write `{value}`, one of several results")
    return {
        "class_name": "__keras_tensor__",
        "config": {
            "shape": [None, *kind.shape],
            "dtype": kind.dtype,
            "keras_history": [*calls[value], 0],
        },
    }


# Weights


def _array(weights: Weights, place: tuple[str, str]) -> np.ndarray:
    scope, name = place
    found = weights.params.get(scope, {}).get(name)
    return np.asarray(weights.state[scope][name] if found is None else found)


def weight_file(graph: Graph, weights: Weights) -> bytes:
    """The file that ``Model.save_weights`` of Keras 3 writes."""
    numbered = Numbered()
    with _file() as file:
        file.create_group("vars")
        for layer, leaf in zip(layers_of(graph), leaves_of(graph), strict=True):
            group = f"layers/{numbered.next(class_name(layer.layer.kind))}"
            file.create_group(f"{group}/vars").attrs["name"] = layer.name
            for path, (place, _) in paths_of(graph, leaf).items():
                file.create_dataset(path, data=_array(weights, place))
            if "seed" in type(layer.layer).model_fields:
                # Layers that draw random numbers have a stream of them, which Keras wants to find.
                seed = np.array([layer.layer.seed or 0, 0], np.uint32)  # pyright: ignore[reportAttributeAccessIssue]
                file.create_dataset(f"{group}/seed_generator/vars/0", data=seed)
        file.flush()
        return file.id.get_file_image()


def _file() -> h5py.File:
    return h5py.File("image", "w", driver="core", backing_store=False)


def archive(graph: Graph, weights: Weights, name: str) -> bytes:
    """A ``.keras`` file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for member, content in (
            ("metadata.json", json.dumps({"keras_version": _VERSION})),
            ("config.json", config_json(graph, name)),
            ("model.weights.h5", weight_file(graph, weights)),
        ):
            # A fixed time: equal models are equal files.
            file.writestr(zipfile.ZipInfo(member), content)
    return buffer.getvalue()


def legacy(graph: Graph, weights: Weights, name: str) -> bytes:
    """An ``.h5`` file with model and weights, as Keras writes since its beginnings."""
    layers = layers_of(graph)
    with _file() as file:
        file.attrs["model_config"] = config_json(graph, name)
        file.attrs["keras_version"] = _VERSION
        file.attrs["backend"] = "jax"
        top = file.create_group("model_weights")
        top.attrs["keras_version"] = _VERSION
        top.attrs["backend"] = "jax"
        names = [*graph.inputs, *(layer.name for layer in layers)]
        top.attrs["layer_names"] = _texts(names)
        for input_name in graph.inputs:
            top.create_group(input_name).attrs["weight_names"] = _texts([])
        for layer in layers:
            _, params, state = owned(graph, layer.scope)
            group = top.create_group(layer.name)
            paths = [f"{layer.name}/{weight}" for weight in [*params, *state]]
            group.attrs["weight_names"] = _texts(paths)
            for weight, path in zip([*params, *state], paths, strict=True):
                group.create_dataset(path, data=_array(weights, (layer.scope, weight)))
        top.create_group("top_level_model_weights").attrs["weight_names"] = _texts([])
        file.flush()
        return file.id.get_file_image()


def _texts(names: Sequence[str]) -> Any:
    return np.array([name.encode() for name in names], "S") if names else np.array([], "S1")
