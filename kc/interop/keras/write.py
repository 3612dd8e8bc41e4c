"""A model of kc as files that Keras loads."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from kc.compiler.graph.graph import Graph, Node
from kc.core import codes
from kc.core.types import TensorType
from kc.interop.keras.facts import class_name
from kc.interop.keras.layout import KerasLayer, inputs_of, layers_of, leaves_of
from kc.interop.keras.storage import copies, stored, to_keras
from kc.interop.keras.values import RefusedError, configuration, policy_of
from kc.interop.keras.weights import Weights, owner, variables
from kc.library.attention_heads import Heads
from kc.library.layer import Layer
from kc.library.layers.bidirectional import Bidirectional
from kc.library.layers.category_encoding import CategoryEncoding
from kc.library.recurrent import Recurrent

_VERSION = "3.12.0"  # of Keras, whose form of files this is

Reference = list[Any]
"""A value as Keras names it: layer, number of the call, number of the result."""


def config_json(graph: Graph, name: str) -> str:
    """What ``Model.to_json`` of Keras gives.

    Raises:
        RefusedError: when Keras has no such layer.
    """
    return json.dumps(_model(graph, name))


@dataclass(frozen=True, slots=True)
class Compile:
    """How a model was compiled in words of Keras, and what its optimizer remembers."""

    config: dict[str, Any]
    optimizer: Sequence[Any] = ()
    """The variables of the optimizer; none where Keras begins with a fresh one."""


def _model(graph: Graph, name: str) -> dict[str, Any]:
    stateful = next((node for node in graph.nodes if node.inferred and node.inferred.memory), None)
    if stateful is not None:
        raise RefusedError(
            codes.NOT_EXPORTED,
            f"`{stateful.name}` is stateful, and Keras then wants the size of batches in the model",
        )
    layers = layers_of(graph)
    values = {
        value: [layer.name, number, result]
        for layer in layers
        for number, node in enumerate(layer.nodes)
        for result, value in enumerate(_results(node))
    }
    values |= {name: [name, 0, 0] for name in inputs_of(graph)}
    outputs = {name: values[value] for name, value in graph.outputs.items()}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {
            "name": name.replace("/", "."),
            "trainable": True,
            "layers": [*_inputs(graph), *(_layer(layer, values, graph) for layer in layers)],
            "input_layers": _one_or_all([[name, 0, 0] for name in inputs_of(graph)]),
            "output_layers": outputs if len(outputs) > 1 else next(iter(outputs.values())),
        },
        "registered_name": "Functional",
    }


def _results(node: Node) -> Sequence[str]:
    """The values that a node makes, in the order in which Keras returns them."""
    return [node.name, *(f"{node.name}.{part}" for part in node.layer.parts()[1:])]


def _one_or_all(references: list[list[Any]]) -> Any:
    return references[0] if len(references) == 1 else references


def _inputs(graph: Graph) -> list[dict[str, Any]]:
    return [
        {
            "module": "keras.layers",
            "class_name": "InputLayer",
            "config": {
                "batch_shape": _keras_shape(kind),
                "dtype": kind.dtype,
                "sparse": False,
                "name": name,
            },
            "registered_name": None,
            "name": name,
            "inbound_nodes": [],
        }
        for name, kind in inputs_of(graph).items()
    ]


def _layer(layer: KerasLayer, values: Mapping[str, Reference], graph: Graph) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": class_name(layer.layer.kind),
        "config": {
            "name": layer.name,
            "dtype": policy_of(layer.nodes[0].precision),
            # Not every class of Keras takes the argument, and true is what it means without.
            **({} if all(node.trainable for node in layer.nodes) else {"trainable": False}),
            **configuration(layer.layer),
        },
        "registered_name": None,
        "name": layer.name,
        "inbound_nodes": [_call(layer.layer, node.inputs, values, graph) for node in layer.nodes],
    }


def _call(
    layer: Layer, inputs: Sequence[str], values: Mapping[str, Reference], graph: Graph
) -> dict[str, Any]:
    """One call: where Keras takes the inputs, and what it calls those behind the first."""
    tensors = [_tensor(value, values, graph) for value in inputs]
    first, more = tensors[:1], tensors[1:]
    causal = {"use_causal_mask": True} if getattr(layer, "use_causal_mask", False) else {}
    match layer:
        case Heads():
            return {"args": [*first, *(more or first)], "kwargs": causal}
        case _ if layer.arity[0] > 1:
            return {"args": [tensors], "kwargs": causal}
        case Recurrent() | Bidirectional() if more:
            return {"args": first, "kwargs": {"initial_state": more}}
        case CategoryEncoding() if more:
            return {"args": first, "kwargs": {"count_weights": more[0]}}
        case _ if more:
            raise RefusedError(
                codes.NOT_EXPORTED, f"kc cannot write `{layer.kind}` with several inputs"
            )
        case _:
            return {"args": first, "kwargs": {}}


def _keras_shape(kind: TensorType) -> list[int | None]:
    return [None, *(size if isinstance(size, int) else None for size in kind.shape)]


def _tensor(value: str, values: Mapping[str, Reference], graph: Graph) -> dict[str, Any]:
    kind = graph.type_of(value)
    assert kind is not None
    return {
        "class_name": "__keras_tensor__",
        "config": {
            "shape": _keras_shape(kind),
            "dtype": kind.dtype,
            "keras_history": values[value],
        },
    }


# Weights


def weight_file(graph: Graph, weights: Weights, optimizer: Sequence[Any] = ()) -> bytes:
    """The file that ``Model.save_weights`` of Keras 3 writes."""
    with _file() as file:
        file.create_group("vars")
        for leaf in leaves_of(graph):
            file.create_group(f"{leaf.place.group}/vars").attrs["name"] = leaf.name
            found = owner(graph, leaf.scope)
            layer, names = found.node.layer, list(found.both)
            arrays = to_keras(layer, weights.of(leaf.scope))
            for path, name in {**stored(layer, names), **copies(layer, names)}.items():
                file.create_dataset(f"{leaf.place.group}/{path}", data=arrays[name])
        for index, array in enumerate(optimizer):
            file.create_dataset(f"optimizer/vars/{index}", data=array)
        file.flush()
        return file.id.get_file_image()


def _file() -> h5py.File:
    return h5py.File("image", "w", driver="core", backing_store=False)


def archive(graph: Graph, weights: Weights, name: str, compiled: Compile | None = None) -> bytes:
    """A ``.keras`` file."""
    config = _model(graph, name)
    if compiled is not None:
        config["compile_config"] = compiled.config
    arrays = weight_file(graph, weights, compiled.optimizer if compiled else ())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for member, content in (
            ("metadata.json", json.dumps({"keras_version": _VERSION})),
            ("config.json", json.dumps(config)),
            ("model.weights.h5", arrays),
        ):
            # A fixed time: equal models are equal files.
            file.writestr(zipfile.ZipInfo(member), content)
    return buffer.getvalue()


def legacy(graph: Graph, weights: Weights, name: str, compiled: Compile | None = None) -> bytes:
    """An ``.h5`` file with model and weights, as Keras writes since its beginnings."""
    layers = layers_of(graph)
    leaf_of = {leaf.scope: leaf for leaf in leaves_of(graph)}
    with _file() as file:
        file.attrs["model_config"] = config_json(graph, name)
        file.attrs["keras_version"] = _VERSION
        file.attrs["backend"] = "jax"
        if compiled is not None:
            _legacy_compile(file, compiled)
        top = file.create_group("model_weights")
        top.attrs["keras_version"] = _VERSION
        top.attrs["backend"] = "jax"
        names = [*inputs_of(graph), *(layer.name for layer in layers)]
        top.attrs["layer_names"] = _texts(names)
        for input_name in inputs_of(graph):
            top.create_group(input_name).attrs["weight_names"] = _texts([])
        for layer in layers:
            arrays = to_keras(layer.layer, weights.of(layer.scope))
            names = [name for _, name in variables(graph, [leaf_of[layer.scope]])]
            group = top.create_group(layer.name)
            group.attrs["weight_names"] = _texts([f"{layer.name}/{name}" for name in names])
            for name in names:
                group.create_dataset(f"{layer.name}/{name}", data=arrays[name])
        top.create_group("top_level_model_weights").attrs["weight_names"] = _texts([])
        file.flush()
        return file.id.get_file_image()


def _legacy_compile(file: h5py.File, compiled: Compile) -> None:
    """How the model was compiled. What the optimizer remembers stays behind: Keras 3 reads it for
    an optimizer without variables, which then cannot train.
    """  # noqa: D205
    config = {k: v for k, v in compiled.config.items() if k != "optimizer"}
    config["optimizer_config"] = compiled.config["optimizer"]
    file.attrs["training_config"] = json.dumps(config)


def _texts(names: Sequence[str]) -> Any:
    return np.array([name.encode() for name in names], "S") if names else np.array([], "S1")
